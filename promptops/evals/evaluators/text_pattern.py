"""Regular expressions of `string: {matches: …}`: what is wrong with one, how it is filled, a search that ends."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from promptops.errors import EvalError
from promptops.evals.evaluators.base import Evaluator, Services, Subject, excerpt, full_score
from promptops.model.evaluator_kind import OptionProblem
from promptops.model.score import Score
from promptops.model.suite import TEMPLATE_TAG, Criterion
from promptops.text.comparable import comparable, made_plain, unseen_in_match, without_unseen

_SECONDS = 1.0
_LONGEST = 20_000
_MOST_TIMEOUTS = 10
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
    """An evaluator that searches in a process, which is killed where it takes too long."""
    search = PatternSearch(services.process("patterns", lambda: PatternWorker(_SECONDS)))
    flags = int(_flags(bool(criterion.options.get("ignoreCase"))))

    async def score(subject: Subject) -> Score:
        filled = fill_pattern(pattern, services, subject.case.fields)
        if not filled:
            return Score.error("the pattern is empty for this case, so every reply would pass")
        text = comparable(subject.reply.text.strip())
        found = await search.find(comparable(filled), text, flags)
        if found is not None:
            return full_score(criterion, f"to contain '{excerpt(found)}'")
        if criterion.negated:
            return Score(0.0)
        unseen = await _unseen(search, text, comparable(filled), flags)
        because = f" ({unseen})" if unseen else ""
        return Score(0.0, f"should contain something that fits the pattern {excerpt(filled)}{because}")

    return Evaluator(score)


class PatternWorker:
    """`re.search` in a process of its own, one search at a time; belongs to the event loop of its first search."""

    def __init__(self, seconds: float) -> None:
        import asyncio

        from promptops.templating.json_schema.pattern_process import pattern_sandbox

        self._sandbox = pattern_sandbox(seconds)
        self._lock = asyncio.Lock()

    async def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The answer. SandboxError where there is none; the next search starts another process then."""
        from promptops.sandbox.asynchronous import ask_async
        from promptops.templating.json_schema.pattern_process import START_SECONDS

        async with self._lock:
            if not self._sandbox.is_running:
                self._sandbox.start()
                await ask_async(self._sandbox, {}, START_SECONDS)
            return await ask_async(self._sandbox, question)

    async def close(self) -> None:
        """End the process, if there is one."""
        async with self._lock:
            self._sandbox.close()


class PatternSearch:
    """One criterion's searches, one at a time, in a process that others may use as well."""

    def __init__(self, worker: PatternWorker) -> None:
        import asyncio

        self._worker = worker
        self._lock = asyncio.Lock()
        self._timeouts = 0

    async def find(self, pattern: str, text: str, flags: int) -> str | None:
        """What is found, None for nothing. EvalError where there is no answer."""
        async with self._lock:
            if self._timeouts >= _MOST_TIMEOUTS:
                raise EvalError(f"not tried again after {_MOST_TIMEOUTS} replies in a row took too long")
            answer = await self._ask({"pattern": pattern, "text": text, "flags": flags})
        if "error" in answer:
            raise EvalError(f"the pattern is not a regular expression here: {answer['error']}")
        found = answer.get("found")
        return found if isinstance(found, str) else None

    async def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        from promptops.sandbox.sandbox import SandboxError

        try:
            answer = await self._worker.ask(question)
        except SandboxError as exc:
            self._timeouts = self._timeouts + 1 if exc.limit == "seconds" else 0
            raise EvalError(f"the pattern {exc}") from exc
        self._timeouts = 0
        return answer


async def _unseen(search: PatternSearch, text: str, pattern: str, flags: int) -> str:
    """Why nothing matches although it looks as if something did; found by a search in what is seen of the reply."""
    plain = made_plain(text)
    bare = without_unseen(plain)
    for seen in (plain, bare) if plain != text or bare != plain else ():
        try:
            found = await search.find(made_plain(pattern), seen, flags)
        except EvalError:  # made plain it may be no pattern
            return ""
        if found is not None and seen == plain:
            return unseen_in_match(text, plain.find(found), len(found))
        if found is not None:
            return unseen_in_match(text, 0, len(text))
    return ""


def fill_pattern(pattern: str, services: Services, fields: Mapping[str, Any]) -> str:
    """The pattern with each `{{ … }}` replaced by its value, escaped: it means its characters."""
    return TEMPLATE_TAG.sub(lambda tag: re.escape(comparable(services.render(tag[0], fields))), pattern)
