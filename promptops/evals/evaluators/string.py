"""`string`: compare the reply with a text.

    string: {contains: "{{ owner }}"}
    string: {containsAll: [when, where, who]}        the share that is found
    string: {contains: art, wholeWord: true}         not in "party"
    string: {matches: '^\\d{4}-\\d{2}-\\d{2}$'}
    string: {matches: '\\b{{ code }}[- ]\\d+'}        the case's field means its characters: + is a plus
    string: {equals: sorry, not: true, ignoreCase: true}

`equals`, `contains`, `startsWith` and `endsWith` mean what they mean in GitHub's format: white space around the reply
does not count, `equals` is exact, the others ignore case, and where several stand together in a file of that format the
first in this order is looked at; elsewhere that is an error. `containsAny` and `containsAll` ignore case too.
`ignoreCase` overrides each. Letters are compared as they are read, however they are spelled: é is é as one character
and as two (Unicode's NFC, on both sides).

`not: true` turns the answer round: with `containsAll`, at least one text must be missing.

`wholeWord: true` finds a text only where no letter, digit or _ stands right before or behind it; with `startsWith` and
`endsWith` only its inner end is looked at. Languages written without spaces have no such ends.

`matches` looks for a regular expression anywhere, with Python's rules. It minds case, or `[A-Z]` would mean nothing.
Values from the case are escaped, so that they mean their characters. A pattern may take longer than the universe lasts
on a reply of its liking, so it runs in a process that is killed after a second; the score is then an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unicodedata import category

from promptops.evals.evaluators.base import Evaluator, Services, Subject, full_score, quoted, stateless
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import BOOLEAN, STRINGS, described, group, may_be_blank, string
from promptops.model.score import Score
from promptops.model.suite import Criterion
from promptops.templating.value_text import as_text
from promptops.text.comparable import casefolded, comparable, unseen_difference

_GITHUB = ("equals", "contains", "startsWith", "endsWith")
_LISTS = ("containsAny", "containsAll")
_OPERATORS = (*_GITHUB, *_LISTS, "matches")
_WORDS = {"equals": "be", "contains": "contain", "startsWith": "begin with", "endsWith": "end with"}


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
        yield OptionProblem(f"'{operator}' is an empty list", "add at least one text", operator)
    elif operator == "matches":
        from promptops.evals.evaluators.text_pattern import pattern_problems

        yield from pattern_problems(wanted[0], ignore_case=bool(options.get("ignoreCase")))
    elif operator != "equals" and not all(wanted):
        yield OptionProblem(
            f"the text of '{operator}' is empty, so every reply would pass", "write the text to look for", operator
        )
    if options.get("wholeWord") and operator in ("equals", "matches"):
        instead = r"write \b where a word ends" if operator == "matches" else "the whole reply is compared anyway"
        yield OptionProblem(f"wholeWord says nothing beside '{operator}'", instead, "wholeWord")


def _given(options: Options) -> list[str]:
    return [name for name in _OPERATORS if options.get(name) is not None]


def _wanted(options: Options) -> tuple[str, tuple[str, ...]]:
    """The operator that counts, and what it looks for."""
    given = _given(options)
    # GitHub takes an empty text for no text.
    operator = next((name for name in given if options[name] != ""), given[0])
    value = options[operator]
    return operator, tuple(as_text(each) for each in (value if isinstance(value, list) else [value]))


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
                "matches": string(
                    "a regular expression found somewhere in the reply; {{ field }} means its characters"
                ),
                "ignoreCase": described(BOOLEAN, "whether capitals count as small letters"),
                "wholeWord": described(BOOLEAN, "found only where no letter or digit stands right before or behind it"),
            }
        ),
        description="compare the reply with a text",
    )
    | {"otherWords": "string"},
    templates=(*_GITHUB, *_LISTS, "matches"),
    patterns=("matches",),
    first_counts=_GITHUB,
    problems=_problems,
)


async def _score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """Every operator but `matches`: 1 or 0; for `containsAll` the share that was found."""
    options, reply = criterion.options, subject.reply.text.strip()
    operator, templates = _wanted(options)
    wanted = [services.render(template, subject.case.fields) for template in templates]
    if operator != "equals" and not all(wanted):
        return Score.error("the text to look for is empty for this case, so every reply would pass")
    fold = casefolded if options.get("ignoreCase", operator != "equals") else comparable
    fits = _comparison(operator, whole_word=bool(options.get("wholeWord")))
    text = fold(reply)
    missing = [each for each in wanted if not fits(fold(each), text)]
    if len(missing) < len(wanted) if operator == "containsAny" else not missing:
        if not criterion.negated:  # nobody reads what it fits by
            return full_score(criterion, "")
        present = ", ".join(quoted(each) for each in wanted if each not in missing)
        return full_score(criterion, f"to {_WORDS.get(operator, 'contain')} {present}")
    if criterion.negated:  # one that is missing is enough
        return Score(0.0)
    unseen = next(filter(None, (unseen_difference(fold(each), text, fits) for each in missing)), "")
    because = f" ({unseen})" if unseen else ""
    if operator == "containsAll":
        share = 1 - len(missing) / len(wanted)
        return Score(share, f"should contain {', '.join(map(quoted, missing))}{because}")
    if operator == "containsAny":
        return Score(0.0, f"should contain one of {', '.join(map(quoted, wanted))}{because}")
    reason = f"should {_WORDS[operator]} {quoted(wanted[0])}{because}"
    if operator == "equals" and wanted[0] != wanted[0].strip():
        reason += ", with white space around it, which no reply has"
    return Score(0.0, reason)


def _comparison(operator: str, *, whole_word: bool) -> Callable[[str, str], bool]:
    """(wanted, text) → whether the text is, holds, begins or ends as it should."""
    if operator == "equals":
        return lambda wanted, text: wanted == text
    if operator == "startsWith":
        return lambda wanted, text: text.startswith(wanted) and not (whole_word and _goes_on(text, len(wanted)))
    if operator == "endsWith":
        return lambda wanted, text: (
            text.endswith(wanted) and not (whole_word and _goes_on(text, len(text) - len(wanted)))
        )
    return _holds_word if whole_word else lambda wanted, text: wanted in text


def _holds_word(wanted: str, text: str) -> bool:
    """Whether the text is there with nothing of a word right before or behind it."""
    place = text.find(wanted)
    while place >= 0:
        if not _goes_on(text, place) and not _goes_on(text, place + len(wanted)):
            return True
        place = text.find(wanted, place + 1)
    return False


def _goes_on(text: str, place: int) -> bool:
    """Whether a word goes on across this place."""
    return 0 < place < len(text) and _is_of_word(text[place - 1]) and _is_of_word(text[place])


def _is_of_word(char: str) -> bool:
    return char.isalnum() or char == "_" or category(char)[0] == "M"


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator. Where it is a pattern that takes too long, its score is an EvalError."""
    operator, wanted = _wanted(criterion.options)
    if operator != "matches":
        return stateless(_score)(criterion, services)
    from promptops.evals.evaluators.text_pattern import build_pattern

    return build_pattern(wanted[0], criterion, services)
