"""Clopper and Pearson's intervals against scipy and published figures."""

from __future__ import annotations

from importlib import import_module
from itertools import product
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.statistics import intervals
from promptops.statistics.intervals import (
    Interval,
    clopper_pearson,
    clopper_pearson_lower,
    clopper_pearson_upper,
    interval_hull,
    t_two_sided,
)

stats: Any = import_module("scipy.stats")  # untyped
counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
sums = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, 60 * n).map(lambda part: part / 60), st.just(n)))


@given(counts, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_interval_is_scipys(count: tuple[int, int], confidence: float) -> None:
    theirs = stats.binomtest(*count).proportion_ci(confidence, method="exact")
    assert clopper_pearson(*count, confidence) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(sums, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_bounds_of_a_sum_of_shares_are_quantiles_of_scipys_beta_distribution(
    rate: tuple[float, int], confidence: float
) -> None:
    successes, n = rate
    low = float(stats.beta.ppf(1 - confidence, successes, n - successes + 1)) if successes > 0 else 0.0
    high = float(stats.beta.ppf(confidence, successes + 1, n - successes)) if successes < n else 1.0
    assert clopper_pearson_lower(successes, n, confidence) == pytest.approx(low, abs=1e-9)
    assert clopper_pearson_upper(successes, n, confidence) == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_the_interval_gives_the_figures_of_newcombe_1998(successes: int, n: int, low: float, high: float) -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 5."""
    assert clopper_pearson(successes, n) == pytest.approx((low, high), abs=5e-5)


@given(counts)
def test_the_interval_holds_the_estimate_stays_in_range_and_mirrors(count: tuple[int, int]) -> None:
    successes, n = count
    low, high = clopper_pearson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    assert clopper_pearson(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)
    assert low <= clopper_pearson_lower(successes, n) <= successes / n <= clopper_pearson_upper(successes, n) <= high


def test_a_bound_is_the_end_of_the_interval_that_leaves_out_twice_as_much() -> None:
    bounds = clopper_pearson_lower(17, 24), clopper_pearson_upper(17, 24)
    assert bounds == pytest.approx(clopper_pearson(17, 24, 0.9))


@pytest.mark.parametrize(("limit", "needed"), [(0.5, 5), (0.75, 11), (0.9, 29), (0.95, 59), (0.99, 299)])
def test_so_many_of_so_many_prove_a_limit_and_one_fewer_does_not(limit: float, needed: int) -> None:
    assert clopper_pearson_lower(needed, needed) >= limit > clopper_pearson_lower(needed - 1, needed - 1)


def test_what_wilsons_bounds_were_too_bold_about() -> None:
    assert clopper_pearson_lower(25, 25) < 0.9
    assert clopper_pearson_lower(3, 3) < 0.5
    assert clopper_pearson_upper(21, 22) > 0.99


@pytest.mark.parametrize("n", [1, 2, 10**5])
def test_the_ends_are_exact(n: int) -> None:
    assert clopper_pearson(0, n).low == 0.0
    assert clopper_pearson(n, n).high == 1.0
    assert 0 < clopper_pearson(n, n).low < 1


@pytest.mark.parametrize("rate", [0.5, 0.8, 0.9, 0.97, 0.99])
@pytest.mark.parametrize("n", [5, 12, 60])
def test_the_interval_never_covers_less_than_it_says(n: int, rate: float) -> None:
    found = [clopper_pearson(k, n) for k in range(n + 1)]
    covered = sum(float(stats.binom.pmf(k, n, rate)) for k in range(n + 1) if found[k].low <= rate <= found[k].high)
    assert covered >= 0.95


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10])
def test_of_all_laws_of_three_trials_none_errs_more_often_than_it_says(n: int) -> None:
    """Every law of a case's average on a grid of twentieths: 0, 1/3, 2/3, 1. So even one case of parts may be told."""
    lows = np.array([clopper_pearson_lower(thirds / 3, n) for thirds in range(3 * n + 1)])
    for parts in product(range(21), repeat=3):
        if sum(parts) > 20:
            continue
        law = np.array([*parts, 20 - sum(parts)]) / 20
        chances = np.array([1.0])
        for _ in range(n):
            chances = np.convolve(chances, law)
        assert chances[lows > law @ range(4) / 3 + 1e-12].sum() <= 0.05


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, 0), (0, -1), (float("nan"), 3)])
def test_what_is_not_a_rate_is_refused(successes: float, n: int) -> None:
    for function in (clopper_pearson, clopper_pearson_lower, clopper_pearson_upper):
        with pytest.raises(ValueError, match="is not a rate"):
            function(successes, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95, float("nan")])
def test_what_is_not_a_confidence_is_refused(confidence: float) -> None:
    for function in (clopper_pearson, clopper_pearson_lower, clopper_pearson_upper):
        with pytest.raises(ValueError, match="confidence"):
            function(1, 2, confidence)


def test_a_bound_below_one_half_is_refused() -> None:
    with pytest.raises(ValueError, match=r"at least 0\.5"):
        clopper_pearson_lower(1, 2, 0.4)


def test_the_wider_of_two_intervals_holds_both() -> None:
    assert interval_hull(Interval(0.2, 0.5), Interval(0.3, 0.6)) == (0.2, 0.6)
    assert interval_hull(Interval(0.1, 0.9), Interval(0.3, 0.6)) == (0.1, 0.9)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.floats(0, n), st.floats(0, n), st.just(n))))
def test_the_interval_rises_with_a_sum_of_shares(rates: tuple[float, float, int]) -> None:
    one, other, n = rates
    (low, high), (higher_low, higher_high) = clopper_pearson(min(one, other), n), clopper_pearson(max(one, other), n)
    assert low <= higher_low + 1e-12
    assert high <= higher_high + 1e-12


def test_the_quantiles_that_are_written_down_are_those_of_the_distribution() -> None:
    for share, z in intervals._QUANTILES.items():
        assert z == pytest.approx(NormalDist().inv_cdf(share), rel=1e-14)
    assert intervals.quantile(0.9) == NormalDist().inv_cdf(0.9)


@given(st.integers(1, 5000), st.sampled_from([0.5, 0.8, 0.95, 0.99, 0.999]))
def test_students_t_is_scipys(freedom: int, confidence: float) -> None:
    assert t_two_sided(confidence, freedom) == pytest.approx(
        float(stats.t.ppf((1 + confidence) / 2, freedom)), rel=1e-8
    )


def test_a_part_of_a_success_bounds_from_below_too() -> None:
    assert 0 < clopper_pearson_lower(0.25, 10) < clopper_pearson_lower(0.5, 10) < clopper_pearson_lower(1, 10)
