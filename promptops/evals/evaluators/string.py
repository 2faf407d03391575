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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from promptops.evals.evaluators.base import Evaluator, Services, Subject, short, unusable
from promptops.evals.evaluators.worker import Worker
from promptops.model.score import Score
from promptops.model.suite import Criterion
from promptops.templating.value_text import as_text

_GITHUB = ("equals", "contains", "startsWith", "endsWith")
_OPERATORS = (*_GITHUB, "containsAny", "containsAll", "matches")
_WORDS = {"equals": "be", "contains": "contain", "startsWith": "begin with", "endsWith": "end with"}
_HOLDS: dict[str, Callable[[str, str], bool]] = {
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


@dataclass(frozen=True, slots=True)
class StringCheck:
    """Every operator but `matches`; `wanted` are templates."""

    operator: str
    wanted: tuple[str, ...]
    ignore_case: bool
    inverted: bool
    render: Callable[[str, Mapping[str, Any]], str]

    async def score(self, subject: Subject) -> Score:
        """1 or 0; for `containsAll` the share that was found."""
        text = subject.reply.text.strip()
        wanted = [self.render(template, subject.case.fields) for template in self.wanted]
        if self.operator != "equals" and not all(wanted):
            return Score.error("the text to look for is empty for this case, so every reply would pass")
        if self.ignore_case:
            text = text.casefold()
        holds = _HOLDS[self.operator]
        missing = [each for each in wanted if not holds(text, each.casefold() if self.ignore_case else each)]
        found = len(missing) < len(wanted) if self.operator == "containsAny" else not missing
        if self.inverted:
            return Score(0.0, self._unwanted(wanted, missing)) if found else Score(1.0)
        if found:
            return Score(1.0)
        if self.operator == "containsAll":
            return Score(1 - len(missing) / len(wanted), f"missing: {', '.join(short(each) for each in missing)}")
        return Score(0.0, self._expected(wanted))

    def _expected(self, wanted: list[str]) -> str:
        if self.operator == "containsAny":
            return f"contains none of: {', '.join(short(each) for each in wanted)}"
        reason = f"expected to {_WORDS[self.operator]} '{short(wanted[0])}'"
        if self.operator == "equals" and wanted[0] != wanted[0].strip():
            reason += ", with white space around it, which no reply has"
        return reason

    def _unwanted(self, wanted: list[str], missing: list[str]) -> str:
        present = ", ".join(f"'{short(each)}'" for each in wanted if each not in missing)
        return f"expected not to {_WORDS.get(self.operator, 'contain')} {present}"


@dataclass(frozen=True, slots=True)
class PatternCheck:
    """`matches`."""

    pattern: str
    flags: int
    inverted: bool
    worker: Worker

    async def score(self, subject: Subject) -> Score:
        """1 or 0. Raises EvalError when the pattern takes too long."""
        answer = await self.worker.call(subject.reply.text.strip(), {"pattern": self.pattern, "flags": self.flags})
        if bool(answer.value) is not self.inverted:
            return Score(1.0)
        reason = f"contains '{short(answer.reason)}'" if self.inverted else f"nothing matches {short(self.pattern)}"
        return Score(0.0, reason)

    async def close(self) -> None:
        """End the process."""
        await self.worker.close()


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator; PromptError for no operator, a mixture, or a pattern that is none."""
    options = criterion.options
    given = [name for name in _OPERATORS if options.get(name) is not None]
    if not given:
        raise unusable(criterion, "no text to compare with", f"give one of: {', '.join(_OPERATORS)}")
    if len(given) > 1 and not set(given) <= set(_GITHUB):
        raise unusable(criterion, f"several operators: {', '.join(given)}", "write one evaluator for each")
    # GitHub takes an empty text for no text.
    operator = next((name for name in given if options[name] != ""), given[0])
    ignore_case = bool(options.get("ignoreCase", operator not in ("equals", "matches")))
    inverted = bool(options.get("not", False))
    value = options[operator]
    if operator == "matches":
        return _pattern(criterion, as_text(value), ignore_case=ignore_case, inverted=inverted)
    wanted = tuple(as_text(each) for each in (value if isinstance(value, list) else [value]))
    if not wanted:
        raise unusable(criterion, f"'{operator}' is an empty list", "add at least one text")
    return StringCheck(operator, wanted, ignore_case, inverted, services.render)


def _pattern(criterion: Criterion, pattern: str, *, ignore_case: bool, inverted: bool) -> PatternCheck:
    if not pattern:
        raise unusable(criterion, "the pattern is empty, so every reply would pass")
    if "{{" in pattern:
        hint = r"a pattern is not filled from the case: use contains, or write \{\{ for the characters themselves"
        raise unusable(criterion, "the pattern holds {{", hint)
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of future meanings; the worker has the same Python
            re.compile(pattern, flags)
    except (re.error, RecursionError, OverflowError, ValueError) as exc:
        raise unusable(criterion, f"not a regular expression: {exc}", "quote it with '…' in YAML") from exc
    worker = Worker("the pattern", "found", lambda: _PATTERN_CODE, _PATTERN_SECONDS, explains=True)
    return PatternCheck(pattern, int(flags), inverted, worker)
