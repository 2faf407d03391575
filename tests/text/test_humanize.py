from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.model.results import CriterionComparison, MeasureComparison, RateSummary
from promptops.text import humanize

FOUND = CriterionComparison("c", None, None, paired=24, change=0.21, low=0.08, high=0.33, margin=0.05)


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0%"), (1, "100%"), (0.9999, ">99%"), (0.0001, "<1%"), (0.715, "72%"), (7.0, "100%")]
)
def test_percent_never_rounds_to_certainty(share: float, text: str) -> None:
    assert humanize.percent(share) == text


@pytest.mark.parametrize(
    ("change", "text"),
    [(0.21, "+21 pts"), (-0.01, "−1 pt"), (0.0, "0 pts"), (0.004, "+0.4 pts"), (0.0001, "0 pts"), (-5, "−100 pts")],
)
def test_points(change: float, text: str) -> None:
    assert humanize.points(change) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "unknown"),
        (0.0, "free (runs on this machine)"),
        (0.44, "$0.44 per 1,000 replies"),
        (1e300, "more than $10¹² per 1,000 replies"),
    ],
)
def test_unknown_money_is_never_nothing(amount: float | None, text: str) -> None:
    assert humanize.cost_per_1000(amount) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "not measured"), (0.085, "85 ms"), (1.21, "1.2 s"), (185.0, "3 min 5 s"), (float("nan"), "not measured")],
)
def test_seconds(value: float | None, text: str) -> None:
    assert humanize.duration(value) == text


def test_a_change_has_its_interval_or_the_reason_why_not() -> None:
    assert humanize.change_words(FOUND) == "+21 pts (+8 … +33)"
    assert humanize.change_words(replace(FOUND, low=None, paired=8)) == "+21 pts (no interval: 8 cases)"
    assert humanize.change_words(replace(FOUND, low=None, paired=40, groups=8)) == (
        "+21 pts (no interval: 40 cases in 8 groups)"
    )
    assert humanize.rate_with_interval(RateSummary(8, 0.5)) == "50% of 8 cases (too few for an interval)"
    assert (
        humanize.rate_with_interval(RateSummary(60, 0.9, 0.6, 1.0, 12)) == "90% (60% … 100%) of 60 cases in 12 groups"
    )


def test_ratios_speak_only_when_shown() -> None:
    cost = MeasureComparison("cost", "usd per 1000", 1, 1.08, 20, 1.08, verdict="higher")
    assert humanize.ratio_words(cost) == "costs 8% more"
    for verdict in ("cannot tell", "negligible", "not tested", "not measured"):
        assert humanize.ratio_words(replace(cost, verdict=verdict)) == ""
    assert humanize.ratio_words(replace(cost, ratio=3.2)) == "costs 3.2 times as much"
    assert humanize.ratio_words(replace(cost, name="latency", ratio=0.8, verdict="lower")) == "20% faster"


def test_small_sums_are_written_as_people_write_them() -> None:
    amounts = (0.44, 0.00031, 3.6e-05, 0.00005, 1.23e-06, 4e-08)
    assert [humanize.dollars(amount) for amount in amounts] == [
        "$0.44",
        "$0.00031",
        "$0.000036",
        "$0.00005",
        "$0.0000012",
        "less than $0.000001",
    ]


@given(st.floats() | st.none())
def test_no_figure_is_too_much(value: float | None) -> None:
    for told in (
        humanize.cost_per_1000(value),
        humanize.duration(value),
        humanize.token_count(value),
        humanize.dollars(value),
    ):
        assert 0 < len(told) < 60


@pytest.mark.parametrize(("change", "text"), [(0.996, "+99.6"), (-0.9996, "−99.9"), (1.0, "+100"), (-0.994, "−99")])
def test_a_change_that_is_only_close_to_all_is_not_rounded_to_it(change: float, text: str) -> None:
    assert humanize.signed(change) == text


@pytest.mark.parametrize(
    ("value", "text"), [(59.9, "59.9 s"), (59.97, "1 min 0 s"), (119.7, "2 min 0 s"), (3599.9, "60 min 0 s")]
)
def test_a_minute_has_sixty_seconds(value: float, text: str) -> None:
    assert humanize.duration(value) == text


@pytest.mark.parametrize(("amount", "text"), [(2.0, "$2.00"), (0.004, "$0.004"), (0.0, "$0.00")])
def test_a_small_budget_is_not_called_none(amount: float, text: str) -> None:
    assert humanize.limit_words(amount) == text
