"""The one axis on which all changes of a page are drawn, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from promptops.report.results.criteria_table import CriterionRow

_REACH = 90
"""How far the axis goes to each side of its middle, in the picture's own units."""
_HALF = 0.5


class ChangeAxis:
    """From 50 points worse to 50 better, or to 100 where a change or its interval goes further: for all rows the same.

    `width` and `middle` are of the picture; `ticks` are (where, label).
    """

    width = 2 * _REACH + 20
    middle = width // 2

    def __init__(self, rows: Sequence[CriterionRow]) -> None:
        bounds = [abs(b) for row in rows for b in (row.found.low, row.found.high, row.found.change) if b is not None]
        self._reach = 1.0 if max(bounds, default=0.0) > _HALF else _HALF
        self.ticks = tuple((self.place(at), label) for at, label in ((-_HALF, "−50"), (0.0, "0"), (_HALF, "+50")))

    def place(self, change: float) -> str:
        """Where a change (a difference of shares, −1 … 1) stands."""
        share = min(max(change / self._reach, -1.0), 1.0)
        return f"{self.middle + share * _REACH:.1f}"
