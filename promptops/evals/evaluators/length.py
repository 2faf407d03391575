"""`length`: the reply is as long as it should be.

    length: {maxSentences: 3}
    length: {minWords: 40, maxWords: 60}

White space around the reply does not count. Characters are Unicode code points, é always one. A word stands between
white space and holds a letter or a digit, so a lone dash is none; texts without spaces (Chinese, Japanese) are better
measured in characters. Lines are those that are not blank.

A sentence ends at `.` `!` `?` `…` before white space, at `。` `！` `？` anywhere, at a blank line, at a list item. It
does not end at a decimal point, after an initial or a well-known abbreviation ("Dr.", "z. B.", "e.g."), or where a
small letter follows. In doubt two sentences are counted as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from promptops.evals.evaluators.base import Services, Subject, contrast, partial_score, stateless
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import group, integer
from promptops.model.score import Score
from promptops.model.suite import Criterion
from promptops.text.comparable import comparable

_CLOSING, _OPENING = "\"'”’»)]}*_`›“", "\"'“‘«([{*_`‹„"
_ABBREVIATION_WORDS = (
    "dr mr mrs ms prof st jr sr rev gen col capt lt hon mt vs etc approx inc ltd co corp dept est al cf ca viz "
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun "
    "hr fr bzw usw ggf evtl vgl str tel bspw inkl zzgl mme mlle sra dra av"
)
_ABBREVIATIONS = frozenset(_ABBREVIATION_WORDS.split())
_BEFORE_NUMBERS = frozenset({"no", "nr", "fig", "p", "pp", "vol", "ch", "sec", "art", "abs", "kap", "n"})
_LIST_ITEM = re.compile(r"\s*(?:[-*+•–]|#{1,6}|\(?\d{1,3}[.)])\s+")
_CJK_END = re.compile(r"[。！？]+")


def count_words(text: str) -> int:
    """Runs without white space that hold a letter or a digit."""
    return sum(map(_is_word, text.split()))


def count_lines(text: str) -> int:
    """Lines that are not blank."""
    return sum(1 for line in text.splitlines() if line.strip())


def count_sentences(text: str) -> int:
    """As described above; the time grows with the length only."""
    return sum(_sentences_in(block.split()) for block in _blocks(text))


def _is_word(token: str) -> bool:
    return token[:1].isalnum() or any(map(str.isalnum, token))


def _blocks(text: str) -> Iterator[str]:
    """Parts that no sentence crosses: paragraphs and list items."""
    lines: list[str] = []
    for line in text.splitlines():
        marker = _LIST_ITEM.match(line)
        if marker and not _is_word(line[marker.end() :]):
            marker = None  # "1." alone is all there is to read
        if marker or not line.strip():
            yield " ".join(lines)
            lines = [line[marker.end() :]] if marker else []
        else:
            lines.append(line)
    yield " ".join(lines)


def _sentences_in(tokens: list[str]) -> int:
    count, begun = 0, False
    for index, token in enumerate(tokens):
        *ended, rest = _CJK_END.split(token)
        for part in ended:
            count += begun or _is_word(part)
            begun = False
        begun = begun or _is_word(rest)
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        if begun and _ends_sentence(rest.rstrip(_CLOSING), following.lstrip(_OPENING)):
            count, begun = count + 1, False
    return count + begun


def _ends_sentence(token: str, following: str) -> bool:
    if not token.endswith((".", "!", "?", "…")) or following[:1].islower():
        return False
    if not token.endswith("."):
        return True
    stem = token.rstrip(".").lstrip(_OPENING).casefold()
    if stem in _BEFORE_NUMBERS:
        return not following[:1].isdigit()
    # "So do I." ends more often than Isaac is shortened.
    is_initials = stem != "i" and all(len(part) == 1 and part.isalpha() for part in stem.split("."))
    return not (is_initials or stem in _ABBREVIATIONS)


_Bound = tuple[str, int | None, int | None]
"""A unit, the least and the most of it; None where there is no bound."""

_COUNTS: dict[str, Callable[[str], int]] = {
    "Words": count_words,
    "Characters": len,
    "Sentences": count_sentences,
    "Lines": count_lines,
}


def _problems(options: Options) -> Iterator[OptionProblem]:
    """No bound, or a least that is more than the most."""
    for unit, least, most in _bounds(options):
        if least is not None and most is not None and least > most:
            yield OptionProblem(f"min{unit} {least} is more than max{unit} {most}")
        if most is None and not least:
            yield OptionProblem(
                f"min{unit} 0 is kept by every reply", "give a larger one, or leave it out", f"min{unit}"
            )
    if not _bounds(options):
        yield OptionProblem("no bound", "give one, such as maxWords: 60")


def _bounds(options: Options) -> tuple[_Bound, ...]:
    bounds = ((unit, options.get(f"min{unit}"), options.get(f"max{unit}")) for unit in _COUNTS)
    return tuple(bound for bound in bounds if bound[1:] != (None, None))


KIND = KindSpec(
    "length",
    group(
        {
            f"{end}{unit}": integer(f"the {word} number of {unit.lower()}")
            for unit in _COUNTS
            for end, word in (("max", "largest"), ("min", "smallest"))
        },
        description="the reply's length",
    ),
    problems=_problems,
    limits_length=True,
)


async def score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """The share of the units that keep within their bounds."""
    text, bounds = comparable(subject.reply.text.strip()), _bounds(criterion.options)
    problems = []
    for unit, least, most in bounds:
        count = _COUNTS[unit](text)
        if most is not None and count > most:
            should = f"should have at most {most} {_word(unit, most)}"
        elif least is not None and count < least:
            should = f"should have at least {least} {_word(unit, least)}"
        else:
            continue
        problems.append(contrast(criterion, should, f"has {count}{f' {_word(unit, count)}' * criterion.negated}"))
    return partial_score(len(bounds), problems)


build = stateless(score)


def _word(unit: str, count: int) -> str:
    return unit.lower() if count != 1 else unit.lower().removesuffix("s")
