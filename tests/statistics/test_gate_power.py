"""What a gate promises and so many cases cannot show."""

from __future__ import annotations

import pytest

from promptops.statistics.gate_power import ASSUMED_CHANGES, Shortfall, drop_shortfall, rate_shortfall
from promptops.statistics.intervals import wilson_lower
from promptops.statistics.power import cases_for_drop


@pytest.mark.parametrize("cases", [0, 1, 24])
def test_too_few_cases_for_a_rate_are_counted(cases: int) -> None:
    short = rate_shortfall(cases, 0.9)
    assert short == Shortfall(25, wilson_lower(cases, cases) if cases else 0.0)


def test_enough_cases_for_a_rate_are_no_shortfall() -> None:
    assert rate_shortfall(25, 0.9) is None
    assert rate_shortfall(1, 0.0) is None


def test_no_number_of_cases_proves_that_all_pass() -> None:
    short = rate_shortfall(1000, 1.0)
    assert short is not None
    assert short.needed is None
    assert 0.99 < short.shown < 1


def test_what_so_many_cases_can_show_is_no_shortfall_itself() -> None:
    short = rate_shortfall(12, 0.95)
    assert short is not None
    assert rate_shortfall(12, short.shown - 0.001) is None
    drop = drop_shortfall(30, 0.05)
    assert drop is not None
    assert drop_shortfall(30, drop.shown) is None


def test_nothing_is_said_a_tenth_below_the_cautious_formula() -> None:
    needed = cases_for_drop(0.1, ASSUMED_CHANGES)
    assert needed == 81
    assert drop_shortfall(81, 0.1) is None
    assert drop_shortfall(74, 0.1) is None  # the exact power is 0.80 from here on
    short = drop_shortfall(73, 0.1)
    assert short is not None
    assert short.needed == 81


def test_a_drop_of_nothing_and_a_tiny_one_have_no_number() -> None:
    for margin in (0.0, 0.0001):
        short = drop_shortfall(50, margin)
        assert short is not None
        assert short.needed is None
