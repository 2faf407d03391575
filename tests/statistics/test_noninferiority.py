"""The exact test of a drop against brute force and published use; what parts of cases get; both directions."""

from __future__ import annotations

from importlib import import_module
from math import comb, inf, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.statistics.noninferiority import EXACT_MOST, corrected_drop_test, exact_drop_test
from promptops.statistics.paired_outcomes import PairedOutcomes
from promptops.statistics.paired_proportions import tango_variance

stats: Any = import_module("scipy.stats")  # untyped
margins = st.sampled_from([0.0, 0.01, 0.05, 0.1, 0.2, 0.5])
outcomes = st.integers(1, 12).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n)).flatmap(
        lambda bn: st.tuples(st.just(bn[0]), st.integers(0, bn[1] - bn[0]), st.just(bn[1]))
    )
)


def tango_score(b: int, c: int, n: int, margin: float) -> float:
    distance = (c - b) / n + margin
    if abs(distance) < 1e-12:
        return 0.0
    variance = tango_variance(b / n, c / n, -margin)
    return distance / sqrt(variance / n) if variance else inf if distance > 0 else -inf


def chance(b: int, c: int, n: int, falls: float, rises: float) -> float:
    same = max(1 - falls - rises, 0.0)
    return comb(n, b) * comb(n - b, c) * falls**b * rises**c * same ** (n - b - c)


def brute_force(b: int, c: int, n: int, margin: float, truths: list[tuple[float, float]]) -> tuple[float, float]:
    """Both p-values, over the given true shares that fall and rise, by plain loops."""
    seen = tango_score(b, c, n, margin)
    scores = {(i, j): tango_score(i, j, n, margin) for i in range(n + 1) for j in range(n + 1 - i)}
    above = [o for o, score in scores.items() if score >= seen - 1e-9]
    below = [o for o, score in scores.items() if score <= seen + 1e-9]
    sums = [[sum(chance(*o, n, f, r) for o in tail) for f, r in truths] for tail in (above, below)]
    return max(sums[0]), max(sums[1])


@settings(max_examples=25, deadline=None)
@given(outcomes, margins)
def test_both_p_values_are_the_greatest_at_the_boundary(outcome: tuple[int, int, int], margin: float) -> None:
    steps = [k / 100 * (1 - margin) / 2 for k in range(101)]
    no_worse, worse = brute_force(*outcome, margin, [(r + margin, r) for r in steps])
    found = exact_drop_test(*outcome, margin)
    assert found.p_no_worse == pytest.approx(no_worse, abs=1e-2)
    assert found.p_worse == pytest.approx(worse, abs=1e-2)
    assert found.p_no_worse >= no_worse - 1e-5
    assert found.p_worse >= worse - 1e-5


@settings(max_examples=30, deadline=None)
@given(outcomes.filter(lambda one: one[2] <= 8), st.sampled_from([0.05, 0.1, 0.3]))
def test_no_truth_beyond_the_boundary_errs_more(outcome: tuple[int, int, int], margin: float) -> None:
    grid = [(f / 20, r / 20) for f in range(21) for r in range(21 - f)]
    found = exact_drop_test(*outcome, margin)
    beyond, within = ([one for one in grid if (one[0] - one[1] >= margin) is worse] for worse in (True, False))
    assert brute_force(*outcome, margin, beyond)[0] <= found.p_no_worse + 1e-5
    assert brute_force(*outcome, margin, within)[1] <= found.p_worse + 1e-5


@pytest.mark.parametrize(("n", "margin"), [(12, 0.2), (12, 0.1), (30, 0.05), (40, 0.1)])
def test_both_errors_at_the_boundary_are_at_most_5_percent(n: int, margin: float) -> None:
    """By every outcome: Tango's own p errs in up to 8.8%, "significant and seen beyond the margin" failed 23%."""
    found = PairedOutcomes(n, margin)
    tests = [exact_drop_test(int(b), int(c), n, margin) for b, c in zip(found.falls, found.rises, strict=True)]
    changed = np.linspace(0, 1 - margin, 40) / 2
    for claimed in ([t.p_no_worse <= 0.05 for t in tests], [t.p_worse <= 0.05 for t in tests]):
        errors = found.chances(np.array(claimed), changed + margin, changed)
        assert errors.max() <= 0.05 + 1e-6
    assert _tangos_error(found) > 0.05


def _tangos_error(found: PairedOutcomes) -> float:
    changed = np.linspace(0, 1 - found.margin, 40) / 2
    return float(found.chances(found.scores >= 1.645, changed + found.margin, changed).max())


def test_where_nothing_changed_the_cases_are_those_of_a_rate() -> None:
    """(1 − d)ⁿ: 29 cases without a fall rule out 10 points as 29 of 29 prove 90%."""
    for margin, needed in ((0.05, 59), (0.1, 29), (0.2, 14)):
        assert exact_drop_test(0, 0, needed, margin).p_no_worse <= 0.05
        assert exact_drop_test(0, 0, needed - 1, margin).p_no_worse > 0.05


def test_the_ends() -> None:
    assert exact_drop_test(0, 0, 20, 0.0) == pytest.approx((1.0, 1.0))
    assert exact_drop_test(20, 0, 20, 1.0) == pytest.approx((1.0, 1.0))
    assert exact_drop_test(3, 0, 20, 1.0).p_no_worse == 0.0
    assert exact_drop_test(1, 0, 1, 0.5) == pytest.approx((1.0, 0.75), abs=1e-6)
    nothing = exact_drop_test(0, EXACT_MOST, EXACT_MOST, 0.1)
    assert nothing.p_no_worse < 1e-60
    assert nothing.p_worse == pytest.approx(1.0)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 60), st.data(), margins)
def test_a_fall_more_makes_neither_claim_surer_that_it_speaks_against(
    n: int, data: st.DataObject, margin: float
) -> None:
    b = data.draw(st.integers(0, n - 1))
    c = data.draw(st.integers(0, n - 1 - b))
    before, after = exact_drop_test(b, c, n, margin), exact_drop_test(b + 1, c, n, margin)
    assert after.p_no_worse >= before.p_no_worse - 1e-5
    assert after.p_worse <= before.p_worse + 1e-5


@given(st.integers(1, 400), st.data(), margins)
def test_parts_of_cases_are_tangos_statistic_with_half_a_case_against_each_claim(
    n: int, data: st.DataObject, margin: float
) -> None:
    b = data.draw(st.floats(0, n))
    c = data.draw(st.floats(0, n - b))
    spread = sqrt(n * tango_variance(b / n, c / n, -margin))
    found, distance = corrected_drop_test(b, c, n, margin), c - b + n * margin
    if spread:
        assert found.p_no_worse == pytest.approx(NormalDist().cdf((0.5 - distance) / spread), abs=1e-9)
        assert found.p_worse == pytest.approx(NormalDist().cdf((0.5 + distance) / spread), abs=1e-9)


def test_without_a_spread_the_corrected_test_says_what_is_certain() -> None:
    assert corrected_drop_test(0, 0, 40, 0.0) == (1.0, 1.0)
    assert corrected_drop_test(0, 0, 40, 1.0) == (0.0, 1.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 80), margins)
def test_scores_of_all_outcomes_are_those_of_one(n: int, margin: float) -> None:
    found = PairedOutcomes(n, margin)
    assert len(found.scores) == (n + 1) * (n + 2) // 2
    for place in range(0, len(found.scores), 7):
        b, c = int(found.falls[place]), int(found.rises[place])
        assert found.scores[place] == pytest.approx(tango_score(b, c, n, margin), abs=1e-9)
        assert found.score(b, c) == found.scores[place]


@pytest.mark.parametrize("n", [1, 40, 300])
def test_chances_of_all_outcomes_are_scipys_multinomial_distribution(n: int) -> None:
    found = PairedOutcomes(n, 0.1)
    falls, rises = np.array([0.1, 0.3, 0.55, 1.0]), np.array([0.0, 0.2, 0.44, 0.0])
    few = found.falls + found.rises <= n // 2
    expected = [
        stats.multinomial.pmf(
            np.stack([found.falls, found.rises, n - found.falls - found.rises], 1)[few], n, [f, r, 1 - f - r]
        ).sum()
        for f, r in zip(falls, rises, strict=True)
    ]
    assert found.chances(few, falls, rises) == pytest.approx(expected, abs=1e-9)
    assert found.chances(np.ones_like(few), falls, rises) == pytest.approx([1.0] * 4, abs=1e-9)


@pytest.mark.parametrize("n", [3, 20, 70])
@pytest.mark.parametrize("margin", [0.02, 0.1, 0.4])
def test_the_outcomes_that_prove_it_are_those_with_a_small_p(n: int, margin: float) -> None:
    found = PairedOutcomes(n, margin)
    proven = found.no_worse(0.05)
    for place in range(0, len(proven), 11):
        p = exact_drop_test(int(found.falls[place]), int(found.rises[place]), n, margin).p_no_worse
        assert proven[place] == (p <= 0.05)


@pytest.mark.parametrize(("b", "c", "n"), [(-1, 0, 5), (0, -1, 5), (3, 3, 5), (0, 0, 0)])
def test_what_are_no_paired_counts_is_refused(b: int, c: int, n: int) -> None:
    for test in (exact_drop_test, corrected_drop_test):
        with pytest.raises(ValueError, match="paired counts"):
            test(b, c, n, 0.1)


@pytest.mark.parametrize("margin", [-0.1, 1.1, float("nan")])
def test_what_is_no_margin_is_refused(margin: float) -> None:
    for test in (exact_drop_test, corrected_drop_test):
        with pytest.raises(ValueError, match="margin"):
            test(1, 1, 5, margin)
