"""Where the chart of rates over versions has its lines: a strip a criterion, the oldest version on the left."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from promptops.model.outcomes.history import CriterionRate, History
from promptops.report.history.view import SuiteHistory

_WIDTH, _LEFT, _RIGHT = 900, 150, 60
_STRIP, _TOP, _FOOT = 96, 12, 26
_MOST_STRIPS, _MOST_LABELS = 12, 16


class Point(NamedTuple):
    """A version's rate, and how far from the left it stands; a foreign one was measured with other cases."""

    x: str
    rate: CriterionRate
    is_foreign: bool


class Chart:
    """Places on the drawing, in its own units. A strip's number and a share give a height."""

    def __init__(self, history: History, found: SuiteHistory) -> None:
        self.criteria = found.criteria[:_MOST_STRIPS] if history.versions else ()
        self.versions = len(history.versions)
        self.height = len(self.criteria) * _STRIP + _FOOT
        self._found, self._history = found, history

    def top(self, strip: int) -> int:
        """Where the strip begins."""
        return strip * _STRIP + _TOP

    def y(self, strip: int, share: float) -> float:
        """The height of a share."""
        return round(self.top(strip) + (_STRIP - 2 * _TOP) * (1 - min(max(share, 0.0), 1.0)), 1)

    def points(self, criterion: str) -> list[Point]:
        """All its rates, the oldest first."""
        rows = range(self.versions - 1, -1, -1)
        rates = ((row, self._found.rate(row, criterion)) for row in rows)
        return [Point(self._x(row), rate, self._found.is_foreign(row)) for row, rate in rates if rate is not None]

    def path(self, strip: int, criterion: str) -> str:
        """The line through them; what was measured with other cases is not joined: that would say that they compare."""
        points = self.points(criterion)
        signs = ["M", *("L" if one.is_foreign is following.is_foreign else "M" for one, following in pairwise(points))]
        return " ".join(f"{s}{one.x} {self.y(strip, one.rate.rate)}" for s, one in zip(signs, points, strict=False))

    def labels(self) -> Iterator[tuple[str, str]]:
        """Ids of versions with their places: only some where there are many, the newest always."""
        for row in range(0, self.versions, ceil(self.versions / _MOST_LABELS)):
            yield self._x(row), self._history.versions[row].commit[:7]

    def _x(self, row: int) -> str:
        """Rows of a history begin with the newest."""
        room, last = _WIDTH - _LEFT - _RIGHT, self.versions - 1
        return f"{_LEFT + 20 + (room * (last - row) / last if last else room / 2):.1f}"
