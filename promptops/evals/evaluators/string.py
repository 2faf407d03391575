"""`string`: compare the reply with a text.

    string: {contains: "{{ owner }}"}
    string: {containsAll: [when, where, who]}        the share that is found
    string: {matches: '^\\d{4}-\\d{2}-\\d{2}$'}
    string: {equals: sorry, not: true, ignoreCase: true}

`equals`, `contains`, `startsWith` and `endsWith` mean what they mean in GitHub's format: white space around the reply
does not count, `equals` is exact, the others ignore case, and where several stand together the first in this order is
looked at. `containsAny` and `containsAll` ignore case too. `ignoreCase` overrides each. `not: true` turns the answer
round: with `containsAll`, at least one text must be missing.

`matches` looks for a regular expression anywhere, with Python's rules. It minds case, or `[A-Z]` would mean nothing.
It is not filled from the case. A pattern may take longer than the universe lasts on a reply of its liking, so it runs
in a process that is killed after a second; the score is then an error.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator

from promptops.evals.evaluators.base import Evaluator, Services, Subject, excerpt, stateless
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import BOOLEAN, STRINGS, described, group, may_be_blank, string
from promptops.model.score import Score
from promptops.model.suite import Criterion
from promptops.templating.value_text import as_text

_GITHUB = ("equals", "contains", "startsWith", "endsWith")
_OPERATORS = (*_GITHUB, "containsAny", "containsAll", "matches")
_WORDS = {"equals": "be", "contains": "contain", "startsWith": "begin with", "endsWith": "end with"}
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda text, wanted: text == wanted,
    "contains": lambda text, wanted: wanted in text,
    "containsAny": lambda text, wanted: wanted in text,
    "containsAll": lambda text, wanted: wanted in text,
    "startsWith": lambda text, wanted: text.startswith(wanted),
    "endsWith": lambda text, wanted: text.endswith(wanted),
}
_PATTERN_SECONDS = 1.0
_PATTERN_CODE = """
import re
def found(reply, case):
    match = re.search(case["pattern"], reply, case["flags"])
    return match is not None, match[0] if match else ""
"""


def _problems(options: Options) -> Iterator[OptionProblem]:
    """No operator, a mixture, nothing to look for, or a pattern that is none."""
    given = _given(options)
    if not given:
        yield OptionProblem("no text to compare with", f"give one of: {', '.join(_OPERATORS)}")
        return
    if len(given) > 1 and not set(given) <= set(_GITHUB):
        yield OptionProblem(f"several operators: {', '.join(given)}", "write one evaluator for each")
        return
    operator, wanted = _wanted(options)
    if not wanted:
        yield OptionProblem(f"'{operator}' is an empty list", "add at least one text")
    elif operator == "matches":
        yield from _pattern_problems(wanted[0], _flags(options))


def _given(options: Options) -> list[str]:
    return [name for name in _OPERATORS if options.get(name) is not None]


def _wanted(options: Options) -> tuple[str, tuple[str, ...]]:
    """The operator that counts, and what it looks for."""
    given = _given(options)
    # GitHub takes an empty text for no text.
    operator = next((name for name in given if options[name] != ""), given[0])
    value = options[operator]
    return operator, tuple(as_text(each) for each in (value if isinstance(value, list) else [value]))


def _flags(options: Options) -> re.RegexFlag:
    return re.IGNORECASE if options.get("ignoreCase") else re.NOFLAG


def _pattern_problems(pattern: str, flags: re.RegexFlag) -> Iterator[OptionProblem]:
    if not pattern:
        yield OptionProblem("the pattern is empty, so every reply would pass")
    if "{{" in pattern:
        hint = r"a pattern is not filled from the case: use contains, or write \{\{ for the characters themselves"
        yield OptionProblem("the pattern holds {{", hint)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of future meanings; the worker has the same Python
            re.compile(pattern, flags)
    except (re.error, RecursionError, OverflowError, ValueError) as exc:
        yield OptionProblem(f"not a regular expression: {exc}", "quote it with '…' in YAML")


KIND = KindSpec(
    "string",
    group(
        may_be_blank(
            {
                "equals": string("the reply is exactly this text"),
                "contains": string("the reply holds this text, in any case"),
                "startsWith": string("the reply begins with this text, in any case"),
                "endsWith": string("the reply ends with this text, in any case"),
                "containsAny": described(STRINGS, "the reply holds at least one of these texts"),
                "containsAll": described(STRINGS, "the reply holds all of these texts"),
                "matches": string("a regular expression found somewhere in the reply"),
                "not": described(BOOLEAN, "turns the answer round: the text must not be there"),
                "ignoreCase": described(BOOLEAN, "whether capitals count as small letters"),
            }
        ),
        description="compare the reply with a text",
    ),
    templates=(*_GITHUB, "containsAny", "containsAll"),
    problems=_problems,
)


async def _score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """Every operator but `matches`: 1 or 0; for `containsAll` the share that was found."""
    options, text = criterion.options, subject.reply.text.strip()
    operator, templates = _wanted(options)
    wanted = [services.render(template, subject.case.fields) for template in templates]
    if operator != "equals" and not all(wanted):
        return Score.error("the text to look for is empty for this case, so every reply would pass")
    fold = str.casefold if options.get("ignoreCase", operator != "equals") else str
    text = fold(text)
    missing = [each for each in wanted if not _COMPARISONS[operator](text, fold(each))]
    found = len(missing) < len(wanted) if operator == "containsAny" else not missing
    if found is not bool(options.get("not")):
        return Score(1.0)
    if found:
        present = ", ".join(f"'{excerpt(each)}'" for each in wanted if each not in missing)
        return Score(0.0, f"expected not to {_WORDS.get(operator, 'contain')} {present}")
    if operator == "containsAll":
        return Score(1 - len(missing) / len(wanted), f"missing: {', '.join(map(excerpt, missing))}")
    if operator == "containsAny":
        return Score(0.0, f"contains none of: {', '.join(map(excerpt, wanted))}")
    reason = f"expected to {_WORDS[operator]} '{excerpt(wanted[0])}'"
    if operator == "equals" and wanted[0] != wanted[0].strip():
        reason += ", with white space around it, which no reply has"
    return Score(0.0, reason)


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator. Where it is a pattern that takes too long, its score is an EvalError."""
    options = criterion.options
    operator, wanted = _wanted(options)
    if operator != "matches":
        return stateless(_score)(criterion, services)
    from promptops.evals.python_worker.client import PythonWorker

    worker = PythonWorker("the pattern", "found", lambda: _PATTERN_CODE, _PATTERN_SECONDS, explains=True)
    pattern, inverted = wanted[0], bool(options.get("not"))
    case = {"pattern": pattern, "flags": int(_flags(options))}

    async def matches(subject: Subject) -> Score:
        answer = await worker.call(subject.reply.text.strip(), case)
        if bool(answer.value) is not inverted:
            return Score(1.0)
        return Score(0.0, f"contains '{excerpt(answer.reason)}'" if inverted else f"nothing matches {excerpt(pattern)}")

    return Evaluator(matches, worker.close)
