"""Gates that a suite has too few cases to prove; shared by lint and the plan of a run."""

from __future__ import annotations

from typing import NamedTuple

from promptops.statistics.intervals import wilson_lower
from promptops.statistics.power import cases_for_drop, cases_for_rate_if_perfect, detectable_drop

ASSUMED_CHANGES = 0.1
"""The share of cases whose answer changes between two equally good versions, before anything was measured."""
_CAUTION = 1.1
"""`cases_for_drop` asks for up to a tenth more than the fewest that do: so close to its answer nothing is said."""


class Shortfall(NamedTuple):
    """`needed` cases would be enough, None where no reasonable number is; `shown` is the share they can show."""

    needed: int | None
    shown: float


def rate_shortfall(cases: int, at_least: float) -> Shortfall | None:
    """What is missing before `cases` can prove a rate, even if all pass; None when they can.

    `shown` is the highest rate that they can prove. ValueError for a share outside [0, 1].
    """
    needed = cases_for_rate_if_perfect(at_least)
    if needed is not None and needed <= cases:
        return None
    return Shortfall(needed, wilson_lower(cases, cases) if cases else 0.0)


def drop_shortfall(cases: int, margin: float) -> Shortfall | None:
    """What is missing before `cases` can rule out a drop of `margin` when both versions are equally good.

    `shown` is the smallest drop that they can rule out. ValueError for a negative margin.
    """
    needed = cases_for_drop(margin, ASSUMED_CHANGES)
    if needed is not None and needed <= cases * _CAUTION:
        return None
    return Shortfall(needed, detectable_drop(cases, ASSUMED_CHANGES))
