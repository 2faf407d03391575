"""Which lines of a file are those of its earlier version, and which stretches of the two stand for each other."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_MOST_COMPARED = 4_000_000
"""Pairs of lines; beyond it only equal lines in their order are looked for, which takes no time."""


class LineAlignment(NamedTuple):
    """Lines count from 1. `same`: line → the earlier line that it is; `hunk`: line of a stretch that was edited in
    place → its number, for the later and the earlier version."""

    same: dict[int, int]
    hunk: dict[int, int]
    earlier_hunk: dict[int, int]


def align_lines(earlier: Sequence[str], later: Sequence[str]) -> LineAlignment:
    """Compare two versions of one file, line by line."""
    start = _common(earlier, later)
    end = _common(earlier[start:][::-1], later[start:][::-1])
    same = {line: line for line in range(1, start + 1)}
    same |= {len(later) - back: len(earlier) - back for back in range(end)}
    old, new = earlier[start : len(earlier) - end], later[start : len(later) - end]
    found = LineAlignment(same, {}, {})
    if len(old) * len(new) > _MOST_COMPARED:
        found.same.update(_equal_in_order(old, new, start + 1))
        return found
    matcher = SequenceMatcher(None, old, new)
    for number, (tag, i1, i2, j1, j2) in enumerate(matcher.get_opcodes()):
        if tag == "equal":
            found.same.update(
                zip(range(start + j1 + 1, start + j2 + 1), range(start + i1 + 1, start + i2 + 1), strict=True)
            )
        elif tag == "replace":
            found.earlier_hunk.update(dict.fromkeys(range(start + i1 + 1, start + i2 + 1), number))
            found.hunk.update(dict.fromkeys(range(start + j1 + 1, start + j2 + 1), number))
    return found


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines at the beginning are equal."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))


def _equal_in_order(old: Sequence[str], new: Sequence[str], first: int) -> dict[int, int]:
    places: dict[str, deque[int]] = defaultdict(deque)
    for number, line in enumerate(old):
        places[line].append(number)
    found, last = {}, -1
    for number, line in enumerate(new):
        queue = places.get(line)
        while queue and queue[0] < last:
            queue.popleft()
        if queue:
            last = queue.popleft()
            found[number + first] = last + first
    return found
