"""What a search of a text found, where: for secrets and for personal data."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class TextMatch(NamedTuple):
    """`text[start:end]` is `what`."""

    start: int
    end: int
    what: str


def without_overlaps(matches: Iterable[TextMatch]) -> Iterator[TextMatch]:
    """Those that overlap none before them."""
    taken: list[tuple[int, int]] = []  # in their order, none overlapping another
    for match in matches:
        place = bisect(taken, (match.start, match.end))
        near = taken[max(0, place - 1) : place + 1]
        if not any(match.start < end and start < match.end for start, end in near):
            taken.insert(place, (match.start, match.end))
            yield match
