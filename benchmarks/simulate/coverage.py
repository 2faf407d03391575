"""How often shown intervals hold the truth: of rates, of differences, of ratios."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.simulate.figure import SimulatedFigure
from benchmarks.simulate.laws import log_normal, passing, worse_by
from promptops.statistics.comparison import difference, log_ratio, rate
from promptops.statistics.intervals import Interval

RATES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99)
LEAST, LEAST_ON_AVERAGE = 0.90, 0.94
BOOTSTRAPPED = 10
"""Resampled intervals take milliseconds each: a tenth of the suites."""


class CoverageSetting(NamedTuple):
    """`what` is a rate, a difference or a ratio; `truth` its true value."""

    what: str
    truth: float
    units: int
    replies: int = 1

    def __str__(self) -> str:
        trials = f", {self.replies} trials" if self.replies > 1 else ""
        return f"{self.what} {self.truth:g}, {self.units} cases{trials}"


SETTINGS = (
    *(CoverageSetting("rate", truth, n, trials) for n in (12, 30, 60, 200) for truth in RATES for trials in (1, 3)),
    *(CoverageSetting("difference", -drop, n) for n in (12, 30, 60, 200) for drop in (0.0, 0.05, 0.1, 0.2)),
    *(CoverageSetting("difference", -drop, n, 3) for n in (12, 30, 60) for drop in (0.05, 0.2)),
    *(CoverageSetting("ratio", 1.0, n) for n in (12, 30, 60, 200)),
)


def simulate(setting: CoverageSetting, suites: int, seed: int) -> list[SimulatedFigure]:
    """How many of so many intervals hold the truth; where there is none, nothing is claimed and it counts for none."""
    rng = np.random.default_rng(seed)
    resampled = setting.what == "ratio" or (setting.what == "difference" and setting.replies > 1)
    suites //= BOOTSTRAPPED if resampled else 1
    found = [one for one in _INTERVALS[setting.what](setting, suites, rng) if one is not None]
    held = sum(low - 1e-12 <= setting.truth <= high + 1e-12 for low, high in found)
    kind = f"interval of a {setting.what}{' of averages' if setting.replies > 1 else ''} covers"
    return [SimulatedFigure(kind, str(setting), held, len(found), LEAST)]


def _of_rates(setting: CoverageSetting, suites: int, rng: np.random.Generator) -> Iterator[Interval | None]:
    values = passing(rng, suites, setting.units, rate=setting.truth, replies=setting.replies)
    known: dict[int, Interval] = {}
    for row in values:
        parts = round(float(row.sum()) * setting.replies)
        if parts not in known:
            known[parts] = rate(row.tolist()).interval
        yield known[parts]


def _of_differences(setting: CoverageSetting, suites: int, rng: np.random.Generator) -> Iterator[Interval | None]:
    falls, rises = worse_by(rng, suites, setting.units, drop=-setting.truth, discordant=0.1, replies=setting.replies)
    known: dict[tuple[float, float], Interval | None] = {}
    for base, head in zip(falls, rises, strict=True):
        counts = (float(base.sum()), float(head.sum()))
        if setting.replies > 1:
            yield difference(base.tolist(), head.tolist()).interval
            continue
        if counts not in known:
            known[counts] = difference(base.tolist(), head.tolist()).interval
        yield known[counts]


def _of_ratios(setting: CoverageSetting, suites: int, rng: np.random.Generator) -> Iterator[Interval | None]:
    base, head = (log_normal(rng, suites, setting.units, spread=0.4, replies=1) for _ in range(2))
    for before, after in zip(base, head, strict=True):
        found = log_ratio(before.tolist(), after.tolist())
        yield found.interval if found else None


_Intervals = Callable[[CoverageSetting, int, np.random.Generator], Iterator[Interval | None]]
_INTERVALS: dict[str, _Intervals] = {"rate": _of_rates, "difference": _of_differences, "ratio": _of_ratios}


def jobs(suites: int) -> Iterator[tuple[CoverageSetting, int, int]]:
    """The arguments of `simulate`, the longest first."""
    for number, setting in enumerate(sorted(SETTINGS, key=lambda one: (one.what == "rate", -one.units))):
        yield setting, suites, 2_000 + number
