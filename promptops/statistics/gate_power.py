"""Gates that a suite has too few cases to prove; shared by lint and the plan of a run.

The power of a comparison stands in a table, `drop_power.json`, that `make simulate` writes by the rule that decides:
lint needs it at once and without numpy. What the table lacks is "about", in closed form, or worked out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import ceil
from pathlib import Path
from typing import NamedTuple

from promptops.statistics.bootstrap import LEAST_FOR_BOOTSTRAP
from promptops.statistics.intervals import clopper_pearson_lower
from promptops.statistics.noninferiority import CONTINUITY
from promptops.statistics.power import (
    approximate_drop_power,
    cases_for_drop,
    cases_for_rate_if_perfect,
    detectable_drop,
    drop_power,
)

ASSUMED_CHANGES = 0.1
"""The share of cases whose answer changes between two equally good versions, before anything was measured."""
ENOUGH = 0.8
"""The power from which on a number of cases is enough."""
TABLE = Path(__file__).with_name("drop_power.json")
_CAUTION = 1.1
"""`cases_for_drop` asks for up to a tenth more than the fewest that do: so close to its answer nothing is said."""


class Shortfall(NamedTuple):
    """`needed` cases would be enough, None where no reasonable number is; `shown` is the share they can show.

    `power` is the chance that so many cases prove what the gate asks, when all is well.
    """

    needed: int | None
    shown: float
    power: float


def rate_shortfall(cases: int, at_least: float) -> Shortfall | None:
    """What is missing before `cases` can prove a rate, even if all pass; None when they can.

    `shown` is the highest rate that they can prove. ValueError for a share outside [0, 1].
    """
    needed = cases_for_rate_if_perfect(at_least)
    if needed is not None and needed <= cases:
        return None
    return Shortfall(needed, clopper_pearson_lower(cases, cases) if cases else 0.0, 0.0)


def drop_shortfall(cases: int, margin: float, *, averaged: bool = False, exact: bool = False) -> Shortfall | None:
    """What is missing before `cases` can rule out a drop of `margin` when both versions are equally good.

    `shown` is the smallest drop that they can rule out. `averaged` says that they are asked several times, or are
    clusters: see `drop_decision`. `exact` works out the power that the table lacks, which takes numpy and up to 0.1 s.
    ValueError for a negative margin.
    """
    if averaged:
        return _averaged_shortfall(cases, margin)
    tabled = _power_by_cases(margin)
    needed = next((n for n, power in enumerate(tabled, 1) if power >= ENOUGH), None)
    if needed is None:
        needed = cases_for_drop(margin, ASSUMED_CHANGES)
        enough = needed is not None and needed <= cases * _CAUTION
    else:
        enough = needed <= cases
    if enough:
        return None
    return Shortfall(needed, _smallest_drop(cases), _power(cases, margin, exact=exact))


def whole_points(drop: float) -> int:
    """A drop in points, rounded up so that it never promises more: 7 for 0.07, though 100 times the float is more."""
    return ceil(round(drop * 100, 6))


def _averaged_shortfall(cases: int, margin: float) -> Shortfall | None:
    """In closed form, and as if the trials of a case always agreed: averages vary less, so it is a cautious answer."""
    needed = cases_for_drop(margin, ASSUMED_CHANGES, correction=CONTINUITY)
    needed = needed and max(needed, LEAST_FOR_BOOTSTRAP)
    if cases < LEAST_FOR_BOOTSTRAP:
        return Shortfall(needed, 1.0, 0.0)
    if needed is not None and needed <= cases * _CAUTION:
        return None
    power = approximate_drop_power(cases, min(margin, 1.0), ASSUMED_CHANGES, correction=CONTINUITY)
    return Shortfall(needed, detectable_drop(cases, ASSUMED_CHANGES, correction=CONTINUITY), power)


def _power(cases: int, margin: float, *, exact: bool) -> float:
    tabled = _power_by_cases(margin)
    if cases < 1:
        return 0.0
    if cases <= len(tabled):
        return tabled[cases - 1]
    return (drop_power if exact else approximate_drop_power)(cases, min(margin, 1.0), ASSUMED_CHANGES)


def _smallest_drop(cases: int) -> float:
    """The smallest drop in the table that so many cases rule out often enough; about, where it has none."""
    for margin, powers in _table().items():
        if any(power >= ENOUGH for power in powers[:cases]):
            return margin
    return detectable_drop(cases, ASSUMED_CHANGES)


def _power_by_cases(margin: float) -> Sequence[float]:
    """The power with 1, 2, … cases; empty for a margin that the table lacks."""
    return _table().get(round(margin, 6), ())


@cache
def _table() -> Mapping[float, Sequence[float]]:
    """Margin → power with 1, 2, … cases, margins rising."""
    import json

    powers = json.loads(TABLE.read_bytes())
    return {int(points) / 100: [percent / 100 for percent in percents] for points, percents in powers.items()}
