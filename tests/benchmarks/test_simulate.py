"""The simulation's quick ways give what the product gives; its limits can be exceeded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.simulate import __main__ as command
from benchmarks.simulate import aa_suites, coverage, gate_boundaries
from benchmarks.simulate.aa_suites import INFOS, AASetting, Suites
from benchmarks.simulate.figure import SimulatedFigure
from benchmarks.simulate.gate_boundaries import BoundarySetting
from benchmarks.simulate.laws import equally_good, passing, worse_by
from benchmarks.simulate.power_table import POINTS
from benchmarks.simulate.table import POWERS_SHOWN, markdown
from promptops.evals.analysis_rules import AnalysisRules
from promptops.evals.comparison import compare_model
from promptops.evals.gates import check_gates
from promptops.model.results import Sample
from promptops.model.score import Score
from promptops.model.suite import Gate
from promptops.statistics.decisions import drop_decision, rate_decision

PLACES = 8


def samples(suites: Suites, place: int, side: int, setting: AASetting) -> Iterator[Sample]:
    """One drawn side as replies: each unit's share of passes, reply by reply, and its cost and time."""
    replies = setting.trials * setting.cluster
    for unit in range(setting.units):
        passes = [round(float(sides[side][place, unit]) * replies) for sides in suites.criteria]
        for reply in range(replies):
            case = f"{unit}" if setting.cluster == 1 else f"{unit}-{reply}"
            trial = reply if setting.cluster == 1 else 0
            scores = {info.name: _score(reply < count) for info, count in zip(INFOS, passes, strict=True)}
            cost, latency = (float(suites.measures[name][side][place, unit]) for name in ("cost", "latency"))
            yield Sample(case, side, trial, cost=cost, latency=latency, scores=scores)


def _score(passed: bool) -> Score:
    return Score(float(passed), passed=passed)


@pytest.mark.parametrize(
    "setting",
    [
        AASetting(12, 0.2, 1),
        AASetting(30, 0.2, 3),
        AASetting(40, 0.2, cluster=5),
    ],
)
@pytest.mark.parametrize("criteria", aa_suites.CRITERIA)
def test_what_is_said_of_a_simulated_suite_is_what_the_product_says_of_its_replies(
    setting: AASetting, criteria: int
) -> None:
    suites = aa_suites.draw_suites(setting, PLACES, np.random.default_rng(7))
    # Some suites with a true difference, so that every word occurs.
    for place in range(PLACES // 2):
        suites.criteria[place % 4][1][place] *= 0
        suites.measures["latency"][1][place] *= 1 + place / 4
    tests = aa_suites.find_p_values(suites)
    clusters = {f"{u}-{r}": f"{u}" for u in range(setting.units) for r in range(5)} if setting.cluster > 1 else {}
    said = set()
    for place in range(PLACES):
        base, head = (list(samples(suites, place, side, setting)) for side in (0, 1))
        product = compare_model("m", base, head, INFOS[:criteria], {}, AnalysisRules(clusters=clusters))
        quick = aa_suites.judge_suite(tests, place, criteria)
        assert [one.p_value for one in product.criteria] == pytest.approx(tests.p_values[place][:criteria])
        assert [one.p_value for one in product.measures[:2]] == pytest.approx(tests.ratio_p_values[place])
        assert product.overall == quick.overall
        words = {"better", "worse", "lower", "higher", "negligible", "probably better", "probably worse"}
        verdicts: set[str] = {*(one.verdict for one in product.criteria), *(one.verdict for one in product.measures)}
        assert verdicts & words == quick.verdicts & words
        said.add(product.overall)
    assert len(said) > 1


@pytest.mark.parametrize(
    "setting",
    [
        BoundarySetting("atLeast", 0.75, 12),
        BoundarySetting("atLeast", 0.9, 30, 3),
        BoundarySetting("noWorseThanBase", 0.2, 12, 1, 0.05),
        BoundarySetting("noWorseThanBase", 0.1, 30, 5, 0.2),
    ],
)
def test_what_is_decided_once_for_equal_counts_is_what_each_suite_would_get(setting: BoundarySetting) -> None:
    decide = gate_boundaries.decide_rates if setting.gate == "atLeast" else gate_boundaries.decide_drops
    quick = decide(setting, 60, np.random.default_rng(3))
    rng, slow = np.random.default_rng(3), []
    if setting.gate == "atLeast":
        values = passing(rng, 60, setting.units, rate=setting.limit, replies=setting.replies)
        slow = [rate_decision(one.tolist(), setting.limit).status for one in values]
    else:
        falls, rises = worse_by(
            rng, 60, setting.units, drop=setting.limit, discordant=setting.discordant, replies=setting.replies
        )
        slow = [
            drop_decision(f.tolist(), r.tolist(), setting.limit, averaged=setting.replies > 1).status
            for f, r in zip(falls, rises, strict=True)
        ]
    assert quick == {status: slow.count(status) for status in set(slow)}


def test_gates_of_the_product_are_those_decisions() -> None:
    info = INFOS[0]
    rng = np.random.default_rng(5)
    for _ in range(20):
        base, head = ((rng.random(40) < rate).astype(float).tolist() for rate in (0.95, 0.85))
        before, after = (
            [Sample(f"{n}", side, 0, scores={info.name: _score(bool(one))}) for n, one in enumerate(values)]
            for side, values in enumerate((base, head))
        )
        gates = check_gates([Gate(info.name, at_least=0.75, no_worse_than_base=0.1)], [info], "m", before, after)
        assert [gate.status for gate in gates] == [
            rate_decision(head, 0.75).status,
            drop_decision(base, head, 0.1).status,
        ]


@pytest.mark.parametrize("part", [aa_suites, gate_boundaries, coverage])
def test_each_part_gives_figures_and_the_same_ones_again(part: object) -> None:
    simulate, jobs = part.simulate, list(part.jobs(20))  # type: ignore[attr-defined]
    assert len({str(job[0]) for job in jobs}) == len(jobs)
    setting, suites, seed = min(jobs, key=lambda job: job[0].units)
    assert simulate(setting, suites, seed) == simulate(setting, suites, seed)


def test_the_laws_have_the_truth_that_they_are_given() -> None:
    rng = np.random.default_rng(1)
    for replies in (1, 3):
        falls, rises = worse_by(rng, 400, 200, drop=0.1, discordant=0.2, replies=replies)
        assert float((rises - falls).mean()) == pytest.approx(-0.1, abs=0.005)
        for side in equally_good(rng, 400, 200, rate=0.9, discordant=0.2, replies=replies):
            assert float(side.mean()) == pytest.approx(0.9, abs=0.005)
        passed = passing(rng, 400, 200, rate=0.95, replies=replies)
        assert float(passed.mean()) == pytest.approx(0.95, abs=0.005)
    base, head = equally_good(rng, 400, 200, rate=0.5, discordant=0.2, replies=1)
    assert float((base != head).mean()) == pytest.approx(0.2, abs=0.005)


def test_a_figure_beyond_its_limit_is_told() -> None:
    good = SimulatedFigure("false pass", "a", 500, 10_000, 0.06)
    bad = SimulatedFigure("false pass", "b", 580, 10_000, 0.06)
    narrow = SimulatedFigure("interval of a rate covers", "c", 890, 1_000, 0.9)
    assert [one.holds for one in (good, bad, narrow)] == [True, False, False]
    page = markdown([good, bad, narrow])
    assert "| false pass | 2 | 10,000 | 5.80% (b) | 6.43% | 5.40% | **no** |" in page
    assert "| b | **5.80%** (6.43%) |" in page
    assert "| c | **89.00%**" in page


def test_the_committed_page_has_every_setting_and_no_figure_beyond_its_limit() -> None:
    page = command.PAGE.read_text(encoding="utf-8")
    assert "**no**" not in page
    assert page.count("| yes |") == 9
    for part in (aa_suites, gate_boundaries, coverage):
        for setting in part.SETTINGS:
            assert f"| {setting}" in page


def test_the_powers_on_the_page_are_in_the_table() -> None:
    assert set(POWERS_SHOWN) <= set(POINTS)
