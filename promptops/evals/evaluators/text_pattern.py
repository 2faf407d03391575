"""Regular expressions of `string: {matches: …}`: what is wrong with one, how it is filled, a search that ends."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from promptops.errors import EvalError
from promptops.evals.evaluators.base import Evaluator, Services, Subject, excerpt, full_score
from promptops.model.evaluator_kind import OptionProblem
from promptops.model.score import Score
from promptops.model.suite import TEMPLATE_TAG, Criterion
from promptops.text.comparable import comparable, made_plain, unseen_in_match, without_unseen

if TYPE_CHECKING:
    from promptops.evals.python_worker.client import PythonWorker

_SECONDS = 1.0
_LONGEST = 20_000
_CODE = """
import re
def found(reply, case):
    match = re.search(case["pattern"], reply, case["flags"])
    return match is not None, match[0] if match else ""
"""
_ELSEWHERE = (
    (r"\(\?<(?![=!])(\w*)>?", "Python writes a named group (?P<{0}>…)"),
    (r"\\[pP]\{?\w", r"Python has no \p{{…}}; a letter of any alphabet is [^\W\d_]"),
    (r"\\k<(\w*)>", "Python goes back to a named group with (?P={0})"),
    (r"\\z", r"Python writes \Z for the end of the text"),
    (r"\\h", r"Python writes [ \t] for blanks in a line"),
    (r"\\R", r"Python writes \r?\n for a line break"),
    (r"\\Q", "Python has no \\Q…\\E; put \\ before each sign, or use contains"),
    (r".\(\?[aiLmsux]+\)", "flags stand at the beginning of a pattern; for capitals write ignoreCase: true"),
)
"""What other dialects write and Python refuses, and what Python writes for it; `{0}` is the group's name."""
_CLASS = r"\[\[?:\^?(alpha|digit|alnum|upper|lower|space|punct|word|xdigit|blank):\]"
_ATOM = r"(?:\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[\](){}*+?|^$])"
_OPTIONAL = rf"(?:{_ATOM}(?:[*?]|\{{0?,\d*\}})\??)*"
_FITS_EVERYTHING = re.compile(rf"(?:\^|\\A)?{_OPTIONAL}|{_OPTIONAL}(?:\$|\\Z)?", re.DOTALL)


def pattern_problems(pattern: str, *, ignore_case: bool) -> Iterator[OptionProblem]:
    """What keeps a pattern from being used, or from ever telling one reply from another."""
    if not pattern:
        yield OptionProblem("the pattern is empty, so every reply would pass", "write what to look for", "matches")
        return
    if "{{" in pattern and not TEMPLATE_TAG.search(pattern):
        hint = r"write {{ field }} for a value from the case, or \{\{ for the characters themselves"
        yield OptionProblem("the pattern holds {{ that is never closed", hint, "matches")
        return
    if re.search(r"\{%.*%\}", pattern, re.DOTALL):
        hint = r"only {{ field }} is filled in a pattern; write \{% for the characters themselves"
        yield OptionProblem("the pattern holds {% … %}, which no reply has", hint, "matches")
        return
    if re.fullmatch(r"/.+/(?=[gmsuy]*i)[gimsuy]{1,4}", pattern, re.DOTALL):
        hint = "Python writes no / around a pattern; for capitals write ignoreCase: true"
        yield OptionProblem("the slashes and what follows are part of the pattern", hint, "matches")
        return
    # A value is any text; while none is known, a letter stands for it.
    sample = TEMPLATE_TAG.sub("x", pattern)
    if len(sample) > _LONGEST:
        yield OptionProblem(f"the pattern is longer than {_LONGEST:,} characters", "make it shorter", "matches")
        return
    if found := re.search(_CLASS, sample):
        hint = r"Python writes \d for digits, \w for letters, \s for white space"
        yield OptionProblem(f"Python does not know {found[0]}", hint, "matches")
        return
    try:
        _compile(sample, ignore_case)
    except (re.error, RecursionError, OverflowError, ValueError) as exc:
        yield OptionProblem(f"not a regular expression: {exc}", _python_for(sample), "matches")
        return
    if fits_everything(sample):
        hint = "it matches nothing at all, anywhere: write + where something must be there"
        yield OptionProblem("the pattern fits every text, so every reply would pass", hint, "matches")


def fits_everything(pattern: str) -> bool:
    """Whether the pattern plainly fits every text, as `.*` does; nothing is searched with it, which could take long."""
    if "(" in pattern:
        if "|" in pattern or re.search(r"\(\?(?!:)", pattern):
            return False
        pattern = re.sub(r"(?<!\\)\((?:\?:)?|(?<!\\)\)", "", pattern)
    return any(_FITS_EVERYTHING.fullmatch(option) for option in re.split(r"(?<!\\)\|", pattern))


def _compile(pattern: str, ignore_case: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of future meanings; the worker has the same Python
        re.compile(comparable(pattern), _flags(ignore_case))


def _flags(ignore_case: bool) -> re.RegexFlag:
    return re.IGNORECASE if ignore_case else re.NOFLAG


def _python_for(pattern: str) -> str:
    """How Python writes what another dialect's words stand for; else a word on quotes."""
    for foreign, instead in _ELSEWHERE:
        if found := re.search(foreign, pattern, re.DOTALL):
            return instead.format(*found.groups() or ("",))
    return "quote it with '…' in YAML; the characters ( ) [ ] { } + * ? . ^ $ | \\ need a \\ to mean themselves"


def build_pattern(pattern: str, criterion: Criterion, services: Services) -> Evaluator:
    """An evaluator that searches in a process of its own, which is killed where it takes too long."""
    from promptops.evals.python_worker.client import PythonWorker

    worker = PythonWorker("the pattern", "found", lambda: _CODE, _SECONDS, explains=True)
    flags = int(_flags(bool(criterion.options.get("ignoreCase"))))

    async def score(subject: Subject) -> Score:
        filled = fill_pattern(pattern, services, subject.case.fields)
        if not filled:
            return Score.error("the pattern is empty for this case, so every reply would pass")
        text = comparable(subject.reply.text.strip())
        answer = await worker.call(text, {"pattern": comparable(filled), "flags": flags})
        if answer.value:
            return full_score(criterion, f"to contain '{excerpt(answer.reason)}'")
        if criterion.negated:
            return Score(0.0)
        unseen = await _unseen(worker, text, comparable(filled), flags)
        return Score(0.0, f"nothing matches {excerpt(filled)}" + (f" ({unseen})" if unseen else ""))

    return Evaluator(score, worker.close)


async def _unseen(worker: PythonWorker, text: str, pattern: str, flags: int) -> str:
    """Why nothing matches although it looks as if something did; found by a search in what is seen of the reply."""
    plain = made_plain(text)
    bare = without_unseen(plain)
    for seen in (plain, bare) if plain != text or bare != plain else ():
        try:
            answer = await worker.call(seen, {"pattern": made_plain(pattern), "flags": flags})
        except EvalError:  # made plain it may be no pattern
            return ""
        if answer.value and seen == plain:
            return unseen_in_match(text, plain.find(answer.reason), len(answer.reason))
        if answer.value:
            return unseen_in_match(text, 0, len(text))
    return ""


def fill_pattern(pattern: str, services: Services, fields: Mapping[str, Any]) -> str:
    """The pattern with each `{{ … }}` replaced by its value, escaped: it means its characters."""
    return TEMPLATE_TAG.sub(lambda tag: re.escape(comparable(services.render(tag[0], fields))), pattern)
