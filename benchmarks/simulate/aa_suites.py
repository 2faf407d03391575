"""Suites whose base and head are equally good: how often the product says that something differs.

p-values are those of the product's tests, many at once; the family of criteria, cost and latency and the word for all
of it are `judge_family` and `weigh_changes`, called for every suite. Intervals decide nothing here and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Literal, NamedTuple

import numpy as np

from benchmarks.simulate.figure import SimulatedFigure
from benchmarks.simulate.laws import Floats, equally_good, equally_good_clusters, log_normal
from promptops.evals.comparison import judge_family
from promptops.evals.overall import weigh_changes
from promptops.model.budget import IGNORE_BELOW
from promptops.model.results import CriterionComparison, CriterionInfo, MeasureComparison
from promptops.statistics.paired_proportions import mcnemar_exact
from promptops.statistics.permutation import sign_flips

CRITERIA = (4, 10)
RATES = (0.9, 0.5)
"""The criteria's rates, in turn."""
_AT_ONCE = 1_000
_LIMIT = 0.06
MeasureName = Literal["cost", "latency"]
_SPREADS: dict[MeasureName, float] = {"cost": 0.15, "latency": 0.4}
_CLAIMS = {"better", "worse", "lower", "higher"}
INFOS = tuple(CriterionInfo(f"criterion {number}", "string") for number in range(max(CRITERIA)))


class AASetting(NamedTuple):
    """`units` cases, or clusters of `cluster` cases, asked `trials` times."""

    units: int
    discordant: float
    trials: int = 1
    cluster: int = 1

    def __str__(self) -> str:
        units = f"{self.units} cases" if self.cluster == 1 else f"{self.units} clusters of {self.cluster}"
        return f"{units}, {self.discordant:.0%} discordant, {self.trials} trial{'s' if self.trials > 1 else ''}"


SETTINGS = (
    *(AASetting(n, discordant, trials) for n in (12, 30, 60, 200) for discordant in (0.05, 0.2) for trials in (1, 3)),
    AASetting(12, 0.2, cluster=5),
    AASetting(40, 0.2, cluster=5),
)


class Suites(NamedTuple):
    """Base and head, suites × units: of each criterion the share that passed, of each measure its value."""

    criteria: list[tuple[Floats, Floats]]
    measures: dict[MeasureName, tuple[Floats, Floats]]


class Tests(NamedTuple):
    """What was seen and its p: a row a suite, and in it a figure a criterion or measure."""

    changes: list[list[float]]
    p_values: list[list[float | None]]
    ratios: list[list[float]]
    ratio_p_values: list[list[float | None]]


def simulate(setting: AASetting, suites: int, seed: int) -> list[SimulatedFigure]:
    """How many of so many suites are called better, worse or a trade-off, and have any claim at all."""
    words, claims = dict.fromkeys(CRITERIA, 0), dict.fromkeys(CRITERIA, 0)
    rng = np.random.default_rng(seed)
    for start in range(0, suites, _AT_ONCE):
        tests = find_p_values(draw_suites(setting, min(_AT_ONCE, suites - start), rng))
        for place in range(len(tests.changes)):
            for criteria in CRITERIA:
                found = judge_suite(tests, place, criteria)
                words[criteria] += found.overall != "no difference shown"
                claims[criteria] += bool(_CLAIMS & found.verdicts)
    return [
        SimulatedFigure(kind, f"{setting}, {criteria} criteria", found[criteria], suites, _LIMIT)
        for criteria in CRITERIA
        for kind, found in (("better, worse or trade-off", words), ("any claim, cost and time too", claims))
    ]


def draw_suites(setting: AASetting, suites: int, rng: np.random.Generator) -> Suites:
    """Draw suites with all criteria; a comparison of fewer takes the first."""
    replies = setting.trials * setting.cluster
    return Suites(
        [_draw(setting, suites, RATES[number % len(RATES)], rng) for number in range(max(CRITERIA))],
        {
            name: (
                log_normal(rng, suites, setting.units, spread=spread, replies=replies),
                log_normal(rng, suites, setting.units, spread=spread, replies=replies),
            )
            for name, spread in _SPREADS.items()
        },
    )


def _draw(setting: AASetting, suites: int, rate: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    if setting.cluster > 1:
        return equally_good_clusters(
            rng, suites, setting.units, rate=rate, discordant=setting.discordant, size=setting.cluster
        )
    return equally_good(rng, suites, setting.units, rate=rate, discordant=setting.discordant, replies=setting.trials)


def find_p_values(suites: Suites) -> Tests:
    """The p-values that `difference` and `log_ratio` give, of many suites at once."""
    logs = [np.round(np.log(head) - np.log(base), 12) for base, head in suites.measures.values()]
    return Tests(
        np.stack([(head - base).mean(axis=1) for base, head in suites.criteria], axis=1).tolist(),
        _by_suite(criterion_p_values(base, head) for base, head in suites.criteria),
        np.exp(np.stack([one.mean(axis=1) for one in logs], axis=1)).tolist(),
        _by_suite(sign_flips(one.tolist()) for one in logs),
    )


def _by_suite(columns: Iterable[list[float | None]]) -> list[list[float | None]]:
    return [list(row) for row in zip(*columns, strict=True)]


def criterion_p_values(base: Floats, head: Floats) -> list[float | None]:
    """The p of each suite: McNemar's where all its answers are yes or no, else the sign-flip test's."""
    changes = np.round(head - base, 12)
    binary = [bool(one) for one in (((base % 1) == 0) & ((head % 1) == 0)).all(axis=1)]
    falls, rises = (changes < 0).sum(axis=1), (changes > 0).sum(axis=1)
    flipped = iter(sign_flips([row.tolist() for row, whole in zip(changes, binary, strict=True) if not whole]))
    return [
        _mcnemar(int(falls[place]), int(rises[place])) if whole else next(flipped) for place, whole in enumerate(binary)
    ]


_mcnemar = cache(mcnemar_exact)


class Judged(NamedTuple):
    """The word for a suite, and the verdicts on its criteria and measures."""

    overall: str
    verdicts: set[str]


def judge_suite(tests: Tests, place: int, criteria: int) -> Judged:
    """What the product says of one suite with so many criteria."""
    infos = INFOS[:criteria]
    drafts = [
        CriterionComparison(info.name, None, None, change=change, p_value=p, verdict="cannot tell")
        for info, change, p in zip(infos, tests.changes[place], tests.p_values[place], strict=False)
    ]
    measures = [
        MeasureComparison(name, "", None, None, ratio=ratio, p_value=p, verdict="cannot tell")
        for name, ratio, p in zip(_SPREADS, tests.ratios[place], tests.ratio_p_values[place], strict=True)
    ]
    found, judged = judge_family(drafts, infos, measures, IGNORE_BELOW)
    overall, _ = weigh_changes(found, infos, judged, has_base=True)
    return Judged(overall, {*(one.verdict for one in found), *(one.verdict for one in judged)})


def jobs(suites: int) -> Iterator[tuple[AASetting, int, int]]:
    """The arguments of `simulate`, the longest first."""
    for number, setting in enumerate(sorted(SETTINGS, reverse=True)):
        yield setting, suites, number
