"""One family of tests for each model: 4 of 5 points for its criteria, half a point each for cost and latency."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from promptops.evals.comparison import ALPHA, _with_direction, judge_family
from promptops.model.budget import IGNORE_BELOW
from promptops.model.results import CriterionComparison, MeasureComparison
from tests.evals.factory import info


def judged(
    criteria: dict[str, float | None], *, advisory: tuple[str, ...] = (), ratio: float = 2.0, **measures: float | None
) -> dict[str, Any]:
    """p-values in; name → adjusted p and verdict. Criteria rise."""
    drafts = [
        CriterionComparison(name, None, None, change=0.3, p_value=p, verdict="cannot tell")
        for name, p in criteria.items()
    ]
    infos = [info(name, advisory=name in advisory) for name in criteria]
    found = [
        MeasureComparison(name, "", 1, 1, 30, ratio, p_value=p, verdict="cannot tell")  # type: ignore[arg-type]
        for name, p in measures.items()
    ]
    told, measured = judge_family(drafts, infos, found, IGNORE_BELOW)
    return {one.criterion: (one.p_adjusted, one.verdict) for one in told} | {
        one.name: (one.p_adjusted, one.verdict) for one in measured
    }


def test_the_points_are_shared_as_written() -> None:
    found = judged({"a": 0.5, "b": 0.019}, cost=0.5, latency=0.5)
    assert found["b"] == (pytest.approx(0.019 / 0.4), "better")
    assert judged({"a": 0.5, "b": 0.021}, cost=0.5, latency=0.5)["b"][1] == "probably better"
    assert judged({"a": 0.5}, cost=0.0049, latency=0.5)["cost"] == (pytest.approx(0.049), "higher")
    assert judged({"a": 0.5}, cost=0.0051, latency=0.5)["cost"] == (pytest.approx(0.051), "cannot tell")
    assert judged({"a": 0.5}, cost=0.5, latency=0.0049)["latency"][1] == "higher"


def test_what_a_test_proves_hands_its_points_on() -> None:
    assert judged({"a": 0.041}, cost=0.5, latency=0.5)["a"][1] == "probably better"
    assert judged({"a": 0.041}, cost=0.001, latency=0.5)["a"] == (pytest.approx(0.041 * 0.9 / 0.8), "better")
    # A difference that is proven and too small for a word is proven all the same.
    assert judged({"a": 0.041}, ratio=1.01, cost=0.001, latency=0.5)["a"][1] == "better"


def test_the_points_of_a_test_that_cannot_be_made_stay_unspent() -> None:
    full = judged({"a": 0.021, "b": 0.5}, cost=0.5, latency=0.5)["a"]
    for found in (
        judged({"a": 0.021, "b": None}, cost=0.5, latency=0.5),
        judged({"a": 0.021, "b": 0.5}, cost=None, latency=None),
        judged({"a": 0.021, "b": None}, cost=None, latency=None),
    ):
        assert found["a"] == full == (pytest.approx(0.0525), "probably better")
    assert judged({}, cost=0.0051, latency=0.5)["cost"] == (pytest.approx(0.051), "cannot tell")
    assert judged({"a": None}, cost=0.0049, latency=None)["cost"][1] == "higher"


def test_advisory_criteria_take_no_points_and_share_their_own() -> None:
    found = judged({"a": 0.039, "x": 0.01, "y": 0.04}, advisory=("x", "y"), cost=0.5, latency=0.5)
    assert found["a"] == (pytest.approx(0.039 / 0.8), "better")
    assert (found["x"], found["y"]) == ((pytest.approx(0.02), "better"), (pytest.approx(0.04), "better"))


def test_a_criterion_that_was_not_tested_keeps_its_word() -> None:
    assert judged({"a": None}, cost=None)["a"] == (None, "cannot tell")


def test_a_chance_of_exactly_one_in_twenty_proves_nothing() -> None:
    assert judged({"a": 0.05}, advisory=("a",))["a"] == (0.05, "cannot tell")
    at_the_level = MeasureComparison("cost", "", 1, 2, 30, 2.0, p_value=0.005, verdict="cannot tell")
    assert _with_direction(replace(at_the_level, p_adjusted=ALPHA), IGNORE_BELOW).verdict == "cannot tell"


def test_what_is_proven_needs_no_more_cases() -> None:
    draft = CriterionComparison("a", None, None, change=0.3, p_value=0.001, verdict="cannot tell", needed=40)
    (found,), _ = judge_family([draft], [info("a")], [], IGNORE_BELOW)
    assert (found.verdict, found.needed) == ("better", None)


def test_a_difference_at_the_limit_matters_although_floats_fall_short_of_it() -> None:
    assert abs(0.95 - 1) < 0.0500001
    for ratio in (1.05, 0.95, 1.0499999999999998):
        assert judged({"a": 0.5}, ratio=ratio, cost=0.001)["cost"][1] != "negligible", ratio


def test_no_word_speaks_against_the_figures_beside_it() -> None:
    """Most replies got cheaper, and one so dear that the bill rose: that is not "5% cheaper"."""
    cheaper = MeasureComparison("cost", "", 1.0, 1.4, 30, 0.8, p_value=0.0001, verdict="cannot tell")
    _, (found,) = judge_family([], [], [cheaper], IGNORE_BELOW)
    assert found.verdict == "cannot tell"
    _, (found,) = judge_family([], [], [replace(cheaper, head=0.9)], IGNORE_BELOW)
    assert found.verdict == "lower"
