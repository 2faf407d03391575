"""Numbers of cases against brute force, exact power, published figures and their inverses."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.statistics.intervals import clopper_pearson_lower
from promptops.statistics.noninferiority import corrected_drop_test, exact_drop_test
from promptops.statistics.paired_proportions import mcnemar_exact, tango
from promptops.statistics.power import (
    approximate_drop_power,
    cases_for_difference,
    cases_for_drop,
    cases_for_rate,
    cases_for_rate_if_perfect,
    detectable_drop,
    drop_power,
)

stats: Any = import_module("scipy.stats")  # untyped


def rate_power(n: int, at_least: float, assumed: float, confidence: float = 0.95) -> float:
    """Chance, by every outcome, that the gate passes."""
    least = next((k for k in range(n + 1) if clopper_pearson_lower(k, n, confidence) >= at_least), n + 1)
    return float(stats.binom.sf(least - 1, n, assumed))


def power_by_every_outcome(n: int, margin: float, discordant: float) -> float:
    """Chance, by the p-value of every outcome, that a gate passes when head is as good as base."""
    total = 0.0
    for changed in range(n + 1):
        chance = float(stats.binom.pmf(changed, n, discordant))
        if chance > 1e-6:
            passes = [c for c in range(changed + 1) if exact_drop_test(changed - c, c, n, margin).p_no_worse <= 0.05]
            total += chance * float(sum(stats.binom.pmf(passes, changed, 0.5)))
    return total


def difference_power(n: int, difference: float, discordant: float) -> float:
    total, up = 0.0, (discordant + difference) / 2 / discordant
    for changed in range(n + 1):
        chance = float(stats.binom.pmf(changed, n, discordant))
        if chance > 1e-8:
            found = [c for c in range(changed + 1) if mcnemar_exact(changed - c, c) < 0.05]
            total += chance * float(sum(stats.binom.pmf(found, changed, up)))
    return total


@pytest.mark.parametrize(
    ("at_least", "assumed", "power"),
    [(0.75, 0.9, 0.8), (0.5, 0.8, 0.5), (0.9, 0.97, 0.8), (0.95, 0.99, 0.9), (0.05, 0.1, 0.8), (0.6, 0.62, 0.1)],
)
def test_the_cases_for_a_rate_are_the_fewest(at_least: float, assumed: float, power: float) -> None:
    needed = cases_for_rate(at_least, assumed, power=power)
    brute = next(n for n in range(1, 5000) if rate_power(n, at_least, assumed) >= power)
    assert needed == brute


def test_many_cases_are_counted_too() -> None:
    needed = cases_for_rate(0.9, 0.905)
    assert needed is not None
    assert needed > 20_000
    assert float(stats.binom.sf(_least(needed, 0.9) - 1, needed, 0.905)) >= 0.8


def _least(n: int, at_least: float) -> int:
    return next(k for k in range(int(n * at_least), n + 1) if clopper_pearson_lower(k, n) >= at_least)


def test_no_number_of_cases_is_none() -> None:
    assert cases_for_rate(0.9, 0.9) is None
    assert cases_for_rate(0.9, 0.8) is None
    assert cases_for_rate(1.0, 1.0) is None
    assert cases_for_rate(0.9, 0.9001) is None
    assert cases_for_rate(0.75, 0.9, limit=10) is None
    assert cases_for_rate(0.99, 1.0, limit=10) is None
    assert cases_for_rate(0.0, 0.3) == 1


@pytest.mark.parametrize(("at_least", "needed"), [(0.9, 29), (0.95, 59), (0.99, 299), (0.5, 5), (0.0, 1), (1.0, None)])
def test_cases_when_every_one_passes(at_least: float, needed: int | None) -> None:
    assert cases_for_rate_if_perfect(at_least) == needed
    assert cases_for_rate(at_least, 1.0) == needed


@given(st.floats(0.01, 0.999))
def test_one_case_fewer_would_not_do(at_least: float) -> None:
    needed = cases_for_rate_if_perfect(at_least)
    assert needed is not None
    assert clopper_pearson_lower(needed, needed) >= at_least
    assert needed == 1 or clopper_pearson_lower(needed - 1, needed - 1) < at_least


@pytest.mark.parametrize(("margin", "discordant"), [(0.1, 0.05), (0.2, 0.2), (0.2, 0.4), (0.3, 0.1)])
def test_cases_for_a_drop_really_rule_it_out(margin: float, discordant: float) -> None:
    needed = cases_for_drop(margin, discordant)
    assert needed is not None
    assert 0.72 < drop_power(needed, margin, discordant) < 0.88
    assert drop_power(round(needed * 0.8), margin, discordant) < 0.8


@pytest.mark.parametrize(("n", "margin", "discordant"), [(12, 0.2, 0.1), (40, 0.1, 0.05), (60, 0.1, 0.2)])
def test_the_power_of_a_drop_is_that_of_the_rule_that_decides(n: int, margin: float, discordant: float) -> None:
    assert drop_power(n, margin, discordant) == pytest.approx(power_by_every_outcome(n, margin, discordant), abs=1e-4)


def test_beyond_300_cases_power_is_about_that_of_the_corrected_test() -> None:
    n, margin, discordant = 400, 0.05, 0.1
    total = 0.0
    for changed in range(15, 75):
        passes = [c for c in range(changed + 1) if corrected_drop_test(changed - c, c, n, margin).p_no_worse <= 0.05]
        total += float(stats.binom.pmf(changed, n, discordant)) * float(sum(stats.binom.pmf(passes, changed, 0.5)))
    assert drop_power(n, margin, discordant) == approximate_drop_power(n, margin, discordant, correction=0.5)
    assert drop_power(n, margin, discordant) == pytest.approx(total, abs=0.03)


def test_the_closed_form_of_power_is_the_inverse_of_that_of_cases() -> None:
    for margin, discordant in ((0.1, 0.1), (0.05, 0.2)):
        needed = cases_for_drop(margin, discordant)
        assert needed is not None
        assert approximate_drop_power(needed, margin, discordant) == pytest.approx(0.8, abs=0.01)
        needed = cases_for_drop(margin, discordant, correction=0.5)
        assert needed is not None
        assert approximate_drop_power(needed, margin, discordant, correction=0.5) == pytest.approx(0.8, abs=0.01)
    assert approximate_drop_power(50, 0.1, 0.0) == 1.0
    assert approximate_drop_power(20, 0.1, 0.0) == drop_power(0, 0.1, 0.1) == 0.0


def test_when_nothing_changes_the_cases_for_a_drop_are_exact() -> None:
    for margin in (0.05, 0.1, 0.3):
        needed = cases_for_drop(margin, 0.0)
        assert needed is not None
        assert tango(0, 0, needed, 0.9).low >= -margin - 1e-12
        assert tango(0, 0, needed - 1, 0.9).low < -margin


def test_the_ends_of_a_margin() -> None:
    assert cases_for_drop(0.0, 0.1) is None
    assert cases_for_drop(1.0, 0.1) == 1
    assert cases_for_drop(0.001, 0.5) is None
    assert cases_for_drop(0.1, 0.1, limit=10) is None


@given(st.integers(10, 2000), st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.6]))
def test_the_detectable_drop_is_the_inverse(n: int, discordant: float) -> None:
    drop = detectable_drop(n, discordant)
    needed = cases_for_drop(drop, discordant)
    assert needed is not None
    assert needed <= n
    if drop < 1:
        fewer = cases_for_drop(drop - 1e-6, discordant)
        assert fewer is None or fewer >= n
    assert detectable_drop(n + 50, discordant) <= drop


def test_no_cases_rule_out_nothing() -> None:
    assert detectable_drop(0, 0.1) == 1.0
    assert detectable_drop(48, 0.1) == pytest.approx(0.136, abs=0.001)


def test_connors_formula_gives_the_published_figure() -> None:
    """powerandsamplesize.com, McNemar's test, two-sided, p01 0.45, p10 0.05, from Connor 1987: 23 pairs."""
    assert cases_for_difference(0.40, 0.50) == cases_for_difference(-0.40, 0.50) == 23


@pytest.mark.parametrize(("difference", "discordant"), [(0.4, 0.5), (0.2, 0.3), (0.1, 0.1)])
def test_connors_cases_come_near_the_power_of_the_exact_test(difference: float, discordant: float) -> None:
    needed = cases_for_difference(difference, discordant)
    assert needed is not None
    assert 0.74 < difference_power(needed, difference, discordant) < 0.82
    assert difference_power(needed + round(1.5 / difference), difference, discordant) >= 0.8


def test_no_difference_is_never_found() -> None:
    assert cases_for_difference(0.0, 0.3) is None
    assert cases_for_difference(0.001, 0.5) is None


def test_what_makes_no_sense_is_refused() -> None:
    for call in (
        lambda: cases_for_rate(1.2, 0.5),
        lambda: cases_for_rate(0.5, float("nan")),
        lambda: cases_for_rate(0.5, 0.7, power=1.0),
        lambda: cases_for_rate_if_perfect(-0.1),
        lambda: cases_for_drop(-0.1, 0.1),
        lambda: cases_for_drop(0.1, 1.1),
        lambda: cases_for_difference(0.3, 0.2),
        lambda: detectable_drop(-1, 0.1),
        lambda: drop_power(50, 1.5, 0.1),
        lambda: approximate_drop_power(50, 0.1, -0.1),
    ):
        with pytest.raises(ValueError, match=r"share|power|margin|needs at least|number of cases"):
            call()
