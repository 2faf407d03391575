"""Wilson against scipy and published figures."""

from __future__ import annotations

from importlib import import_module
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.statistics import intervals
from promptops.statistics.intervals import Interval, interval_hull, wilson, wilson_lower, wilson_upper

stats: Any = import_module("scipy.stats")  # untyped
counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_wilson_is_scipys(count: tuple[int, int], confidence: float) -> None:
    theirs = stats.binomtest(*count).proportion_ci(confidence, method="wilson")
    assert wilson(*count, confidence) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_figures_of_newcombe_1998(successes: int, n: int, low: float, high: float) -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 3."""
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@given(counts)
def test_wilson_holds_the_estimate_stays_in_range_and_mirrors(count: tuple[int, int]) -> None:
    successes, n = count
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    assert wilson(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)
    assert low <= wilson_lower(successes, n) <= successes / n <= wilson_upper(successes, n) <= high


def test_a_bound_is_the_end_of_the_interval_that_leaves_out_twice_as_much() -> None:
    assert (wilson_lower(17, 24), wilson_upper(17, 24)) == pytest.approx(wilson(17, 24, 0.9))


def test_the_designs_example_24_of_24() -> None:
    assert round(wilson_lower(24, 24), 2) == 0.90
    assert wilson_lower(24, 24) < 0.9 <= wilson_lower(25, 25)


@pytest.mark.parametrize("n", [1, 2, 10**9])
def test_the_ends_are_exact(n: int) -> None:
    assert wilson(0, n).low == 0.0
    assert wilson(n, n).high == 1.0
    assert 0 < wilson(n, n).low < 1


@pytest.mark.parametrize("rate", [0.5, 0.8, 0.9, 0.97])
def test_wilsons_interval_covers_about_what_it_says(rate: float) -> None:
    n = 60
    covered = sum(
        float(stats.binom.pmf(k, n, rate)) for k in range(n + 1) if wilson(k, n).low <= rate <= wilson(k, n).high
    )
    assert 0.92 < covered < 0.985


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, 0), (0, -1)])
def test_what_is_not_a_rate_is_refused(successes: int, n: int) -> None:
    for function in (wilson, wilson_lower, wilson_upper):
        with pytest.raises(ValueError, match="is not a rate"):
            function(successes, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95, float("nan")])
def test_what_is_not_a_confidence_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        wilson(1, 2, confidence)
    with pytest.raises(ValueError, match="confidence"):
        wilson_lower(1, 2, confidence)


def test_a_bound_below_one_half_is_refused() -> None:
    with pytest.raises(ValueError, match=r"at least 0\.5"):
        wilson_lower(1, 2, 0.4)


def test_the_wider_of_two_intervals_holds_both() -> None:
    assert interval_hull(Interval(0.2, 0.5), Interval(0.3, 0.6)) == (0.2, 0.6)
    assert interval_hull(Interval(0.1, 0.9), Interval(0.3, 0.6)) == (0.1, 0.9)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.floats(0, n), st.floats(0, n), st.just(n))))
def test_wilson_rises_with_a_sum_of_shares(sums: tuple[float, float, int]) -> None:
    one, other, n = sums
    (low, high), (higher_low, higher_high) = wilson(min(one, other), n), wilson(max(one, other), n)
    assert low <= higher_low + 1e-12
    assert high <= higher_high + 1e-12


def test_the_quantiles_that_are_written_down_are_those_of_the_distribution() -> None:
    for share, z in intervals._QUANTILES.items():
        assert z == pytest.approx(NormalDist().inv_cdf(share), rel=1e-14)
    assert intervals.quantile(0.9) == NormalDist().inv_cdf(0.9)
