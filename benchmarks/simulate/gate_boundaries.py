"""Gates whose truth lies exactly on their limit: how often they pass, and how often they fail.

Every decision is `rate_decision`'s or `drop_decision`'s; outcomes that are equal are decided once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.simulate.figure import SimulatedFigure
from benchmarks.simulate.laws import passing, worse_by
from promptops.statistics.decisions import Status, drop_decision, rate_decision

_AT_ONCE = 2_000
_LIMIT = 0.06
_REPLIES = {1: "", 3: ", 3 trials", 5: ", clusters of 5"}


class BoundarySetting(NamedTuple):
    """A gate of one kind at its limit; `discordant` of the cases change besides what the drop takes."""

    gate: str
    limit: float
    units: int
    replies: int = 1
    discordant: float = 0.0

    def __str__(self) -> str:
        besides = f", {self.discordant:.0%} change besides" if self.gate == "noWorseThanBase" else ""
        return f"{self.gate} {self.limit:g}, {self.units} units{_REPLIES[self.replies]}{besides}"


SETTINGS = (
    *(
        BoundarySetting("atLeast", limit, n, replies)
        for n in (12, 30, 60, 200)
        for limit in (0.5, 0.75, 0.9, 0.95)
        for replies in (1, 3, 5)
    ),
    *(
        BoundarySetting("noWorseThanBase", drop, n, replies, discordant)
        for n in (12, 30, 60, 200, 400)
        for drop in (0.05, 0.1, 0.2)
        for discordant in (0.05, 0.2)
        for replies in (1, 3, 5)
    ),
)


def simulate(setting: BoundarySetting, suites: int, seed: int) -> list[SimulatedFigure]:
    """How many of so many suites pass, and how many fail: both are false, or but just true."""
    rng, found = np.random.default_rng(seed), Counter[Status]()
    decide = decide_rates if setting.gate == "atLeast" else decide_drops
    for start in range(0, suites, _AT_ONCE):
        found.update(decide(setting, min(_AT_ONCE, suites - start), rng))
    return [
        SimulatedFigure("false pass", str(setting), found["passed"], suites, _LIMIT),
        SimulatedFigure("false fail", str(setting), found["failed"], suites, _LIMIT),
    ]


def decide_rates(setting: BoundarySetting, suites: int, rng: np.random.Generator) -> Counter[Status]:
    """What `atLeast` says of so many suites, those with equal sums decided once."""
    values = passing(rng, suites, setting.units, rate=setting.limit, replies=setting.replies)
    found = Counter[Status]()
    parts = np.rint(values * setting.replies).astype(int).sum(axis=1)
    for total, count in zip(*np.unique(parts, return_counts=True), strict=True):
        example = values[int(np.argmax(parts == total))].tolist()
        found[rate_decision(example, setting.limit).status] += int(count)
    return found


def decide_drops(setting: BoundarySetting, suites: int, rng: np.random.Generator) -> Counter[Status]:
    """What `noWorseThanBase` says of so many suites, those with equal falls and rises decided once."""
    falls, rises = worse_by(
        rng, suites, setting.units, drop=setting.limit, discordant=setting.discordant, replies=setting.replies
    )
    found = Counter[Status]()
    parts = np.rint(np.stack([falls, rises]) * setting.replies).astype(int).sum(axis=2)
    _, places, counts = np.unique(parts, axis=1, return_index=True, return_counts=True)
    for place, count in zip(places, counts, strict=True):
        base, head = falls[place].tolist(), rises[place].tolist()  # what fell was there before, what rose is there now
        decided = drop_decision(base, head, setting.limit, averaged=setting.replies > 1)
        found[decided.status] += int(count)
    return found


def jobs(suites: int) -> Iterator[tuple[BoundarySetting, int, int]]:
    """The arguments of `simulate`, the longest first."""
    for number, setting in enumerate(sorted(SETTINGS, key=lambda one: -one.units)):
        yield setting, suites, 1_000 + number
