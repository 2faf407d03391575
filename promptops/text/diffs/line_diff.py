"""Which lines differ between two texts, and where a long line does, in time that hardly grows with their length.

Lines of a diff begin with ' ', '+', '-' or '@@'.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby, zip_longest

from promptops.text.sanitize import shorten
from promptops.text.whitespace import mark_whitespace

CONTEXT = 2
LONGEST_COMPARED = 600
"""Beyond it the differ, whose time grows with the square, is asked piece by piece, between lines both have once."""
_DEEPEST = 20
MOST_LINES, LINE = 200, 2000
_AROUND = 80
"""So many characters stay on each side of what changed in a long line."""


def line_diff(old: Sequence[str], new: Sequence[str], context: int = CONTEXT) -> list[str]:
    """Changed lines with `context` lines around them; `@@ … @@` where lines between were left out."""
    rows = list(_rows(old, new))
    shown: set[int] = set()
    for number, row in enumerate(rows):
        if row[0] != " ":
            shown.update(range(number - context, number + context + 1))
    lines: list[str] = []
    last = None
    for number in sorted(shown.intersection(range(len(rows)))):
        if last is not None and number > last + 1:
            lines.append("@@ … @@")
        lines.append(rows[number])
        last = number
    return lines


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Every line of both, with its sign."""
    i = j = 0
    for a, b in (*_staying(old, new, 0), (len(old), len(new))):
        yield from (f"-{line}" for line in old[i:a])
        yield from (f"+{line}" for line in new[j:b])
        if a < len(old):
            yield f" {old[a]}"
        i, j = a + 1, b + 1


def _staying(old: Sequence[str], new: Sequence[str], depth: int) -> Iterator[tuple[int, int]]:
    """The places, in both texts, of the lines that stay, in order."""
    start = _common(old, new)
    yield from ((n, n) for n in range(start))
    end = _common(old[start:][::-1], new[start:][::-1])
    middle = old[start : len(old) - end], new[start : len(new) - end]
    yield from ((start + i, start + j) for i, j in _staying_between(*middle, depth))
    yield from ((len(old) - n, len(new) - n) for n in range(end, 0, -1))


def _staying_between(old: Sequence[str], new: Sequence[str], depth: int) -> Iterator[tuple[int, int]]:
    if not old or not new or depth > _DEEPEST:
        return
    if max(len(old), len(new)) <= LONGEST_COMPARED:
        for a, b, size in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
            yield from zip(range(a, a + size), range(b, b + size), strict=True)
        return
    anchors = _anchors(old, new)
    i = j = 0
    for a, b in (*anchors, (len(old), len(new))) if anchors else ():
        yield from ((i + x, j + y) for x, y in _staying(old[i:a], new[j:b], depth + 1))
        if a < len(old):
            yield a, b
        i, j = a + 1, b + 1


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items both begin with."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The most lines that each text has once, in the same order in both: where patience sorting finds them."""
    once = [{line for line, count in Counter(side).items() if count == 1} for side in (old, new)]
    places = {line: number for number, line in enumerate(new)}
    pairs = [(number, places[line]) for number, line in enumerate(old) if line in once[0] and line in once[1]]
    piles: list[int] = []
    tops: list[int] = []
    before: list[int | None] = []
    for number, (_, place) in enumerate(pairs):
        pile = bisect_left(piles, place)
        piles[pile : pile + 1] = [place]
        tops[pile : pile + 1] = [number]
        before.append(tops[pile - 1] if pile else None)
    found: list[tuple[int, int]] = []
    at = tops[-1] if tops else None
    while at is not None:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def cut_long_lines(diff: Sequence[str], limit: int) -> list[str]:
    """The diff with no line much longer than `limit`: of one that changed, what changed is shown, and a little around.

    A line taken out is compared with the line put in at the same place.
    """
    lines: list[str] = []
    taken_out: list[str] = []
    for sign, block in groupby(diff, lambda line: line[:1]):
        found = list(block)
        if sign == "-":
            taken_out = found
            continue
        if sign == "+":
            pairs = [cut_around(old, new, limit) for old, new in zip_longest(taken_out, found, fillvalue="")]
            lines += [old for old, _ in pairs if old] + [new for _, new in pairs if new]
        else:
            lines += [shorten(line, limit) for line in (*taken_out, *found)]
        taken_out = []
    return [*lines, *(shorten(line, limit) for line in taken_out)]


def cut_around(old: str, new: str, limit: int) -> tuple[str, str]:
    """Two texts that differ, with a sign before each, cut to where they do; short ones stay as they are."""
    if max(len(old), len(new)) <= limit:
        return old, new
    if not old or not new:
        return shorten(old, limit), shorten(new, limit)
    start = _common(old[1:], new[1:])
    end = _common(old[:start:-1], new[:start:-1])
    return _window(old, start, end, limit), _window(new, start, end, limit)


def _window(text: str, start: int, end: int, limit: int) -> str:
    """From a little before `start` to a little after the last `end` characters; the sign before it stays."""
    sign, body = text[:1], text[1:]
    first, last = max(0, start - _AROUND), len(body) - max(0, end - _AROUND)
    middle = shorten(body[first:last], limit)
    return f"{sign}{'…' * (first > 0)}{middle}{'…' * (last < len(body))}"


def diff_lines(diff: Sequence[str], most: int = MOST_LINES, longest: int = LINE) -> list[str]:
    """The diff fit for people: white space is visible, long lines are cut to what changed.

    At most so many lines, of about so many characters, and one that says how many more there are.
    """
    shown = list(diff[:most])
    while shown and shown[-1] == " ":  # empty lines below the last change tell nothing
        shown.pop()
    lines = mark_whitespace(cut_long_lines(shown, longest))
    more = len(diff) - most
    return [*lines, f"@@ … {more} more lines @@"] if more > 0 else lines
