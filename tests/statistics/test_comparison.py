"""Which method answers which data, and that it says so when it cannot tell."""

from __future__ import annotations

import random
from math import exp, fsum, log, sqrt
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.statistics.bootstrap import bootstrap_mean
from promptops.statistics.comparison import difference, log_ratio, rate, rate_bound
from promptops.statistics.intervals import (
    Side,
    clopper_pearson,
    clopper_pearson_lower,
    clopper_pearson_upper,
    interval_hull,
)
from promptops.statistics.paired_proportions import mcnemar_exact, tango
from promptops.statistics.permutation import sign_flip

YES_NO_BASE = [1] * 30 + [1] * 2 + [0] * 9 + [0] * 7
YES_NO_HEAD = [1] * 30 + [0] * 2 + [1] * 9 + [0] * 7
TRIALS_BASE = [0, 1 / 3, 2 / 3, 1, 1 / 3, 0, 2 / 3, 1, 1 / 3, 2 / 3, 0, 1]
TRIALS_HEAD = [1 / 3, 1, 2 / 3, 1, 2 / 3, 0, 1, 2 / 3, 1, 1, 1 / 3, 1]
answers = st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from([0.0, 1.0])), min_size=1, max_size=60)


def test_a_rate_has_clopper_and_pearsons_interval_for_any_n() -> None:
    found = rate(YES_NO_HEAD)
    assert (found.n, found.mean, found.interval) == (48, 39 / 48, clopper_pearson(39, 48))
    assert rate([1]).interval == clopper_pearson(1, 1)
    assert rate([True, False, True]).interval == clopper_pearson(2, 3)
    assert rate(YES_NO_HEAD, confidence=0.8).interval == clopper_pearson(39, 48, 0.8)


@pytest.mark.parametrize("values", [TRIALS_HEAD, TRIALS_HEAD[:3], [0.5] * 40])
def test_an_averaged_rate_has_it_over_the_sum_of_its_parts(values: list[float]) -> None:
    found = rate(values)
    assert found.interval == clopper_pearson(fsum(values), len(values))
    assert found.mean == pytest.approx(sum(values) / len(values))


def test_bounds_of_a_rate_come_from_the_same_method() -> None:
    assert rate_bound(YES_NO_HEAD, "lower") == clopper_pearson_lower(39, 48)
    assert rate_bound(YES_NO_HEAD, "upper") == clopper_pearson_upper(39, 48)
    assert rate_bound(TRIALS_HEAD, "lower") == pytest.approx(clopper_pearson_lower(sum(TRIALS_HEAD), 12))
    assert rate_bound(TRIALS_HEAD, "upper") == pytest.approx(clopper_pearson_upper(sum(TRIALS_HEAD), 12))


def test_a_lost_reply_makes_no_rate_surer() -> None:
    for all_pass, one_lost in (([1.0] * 12, [1.0] * 11 + [2 / 3]), ([1.0] * 47, [1.0] * 46 + [2 / 3])):
        assert rate_bound(one_lost, "lower") < rate_bound(all_pass, "lower")
        assert rate(one_lost).interval.low < rate(all_pass).interval.low
    assert rate_bound([1.0] * 12, "lower") == pytest.approx(0.779, abs=5e-4)
    assert rate_bound([1.0] * 11 + [2 / 3], "lower") == pytest.approx(0.737, abs=5e-4)


def test_a_lost_reply_makes_no_comparison_surer() -> None:
    base, head = [1.0] * 15, [1.0] * 14 + [2 / 3]
    before, after = difference(base, base).interval, difference(base, head).interval
    assert before is not None
    assert after is not None
    assert after.low < before.low


@st.composite
def lost_replies(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Head, and head with one case lower."""
    trials, n = draw(st.integers(1, 5)), draw(st.integers(1, 40))
    count = st.one_of(st.integers(0, trials), st.just(trials))  # many cases at 1, where it went wrong
    head = draw(st.lists(count, min_size=n, max_size=n))
    case = draw(st.integers(0, n - 1))
    head[case] = max(head[case], 1)
    lower = [*head[:case], draw(st.integers(0, head[case] - 1)), *head[case + 1 :]]
    return [v / trials for v in head], [v / trials for v in lower]


@settings(max_examples=400, deadline=None)
@given(lost_replies(), st.sampled_from(["lower", "upper"]), st.sampled_from([0.8, 0.95, 0.99]))
def test_a_lost_reply_raises_no_bound(cases: tuple[list[float], list[float]], side: Side, confidence: float) -> None:
    head, lower = cases
    assert rate_bound(lower, side, confidence) <= rate_bound(head, side, confidence) + 1e-12


def test_a_yes_no_comparison_is_mcnemar_and_tango() -> None:
    found = difference(YES_NO_BASE, YES_NO_HEAD)
    assert (found.n, found.worse, found.better) == (48, 2, 9)
    assert found.estimate == pytest.approx(7 / 48)
    assert found.p_value == mcnemar_exact(2, 9)
    assert found.interval == tango(2, 9, 48)


def test_yes_no_holds_below_ten_cases_and_when_nothing_changes() -> None:
    found = difference([1, 0, 1], [1, 0, 1])
    assert (found.p_value, found.interval) == (1.0, tango(0, 0, 3))
    assert difference([1], [0]).interval == tango(1, 0, 1)


@given(answers)
def test_swapping_the_sides_mirrors_everything(pairs: list[tuple[int, float]]) -> None:
    base, head = [b for b, _ in pairs], [h for _, h in pairs]
    there, back = difference(base, head), difference(head, base)
    assert (there.worse, there.better, there.p_value) == (back.better, back.worse, back.p_value)
    assert there.estimate == -back.estimate
    assert there.interval is not None
    assert back.interval is not None
    assert there.interval == (-back.interval.high, -back.interval.low)
    assert there.interval.low <= there.estimate <= there.interval.high


def test_averaged_comparisons_are_sign_flip_and_the_wider_of_bca_and_tango() -> None:
    found = difference(TRIALS_BASE, TRIALS_HEAD, seed=2)
    changes = [round(h - b, 12) for b, h in zip(TRIALS_BASE, TRIALS_HEAD, strict=True)]
    assert (found.worse, found.better) == (1, 7)
    assert found.p_value == sign_flip(changes, seed=2)
    falls, rises = -sum(d for d in changes if d < 0), sum(d for d in changes if d > 0)
    bootstrapped = bootstrap_mean(changes, seed=2)
    assert bootstrapped is not None
    assert found.interval == pytest.approx(interval_hull(bootstrapped, tango(falls, rises, 12)))
    assert found.interval is not None
    assert difference(TRIALS_BASE, TRIALS_HEAD, seed=2) == found


def test_one_side_averaged_is_enough_for_the_bootstrap() -> None:
    base = [1.0] * 6 + [0.0] * 6
    assert difference(base, TRIALS_HEAD).p_value == sign_flip([h - b for b, h in zip(base, TRIALS_HEAD, strict=True)])


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (TRIALS_BASE[:9], TRIALS_HEAD[:9]),
        (TRIALS_BASE, TRIALS_BASE),
        ([1 / 3, 2 / 3] * 10, [2 / 3, 1.0] * 10),  # every case a third better, but for rounding
    ],
)
def test_averaged_comparisons_say_when_they_cannot_tell(base: list[float], head: list[float]) -> None:
    found = difference(base, head)
    assert (found.interval, found.p_value) == (None, None)
    assert found.estimate == pytest.approx(sum(head) / len(head) - sum(base) / len(base))


def test_rounding_is_no_change() -> None:
    found = difference([0.3, 0.5], [0.1 + 0.2, 0.5])
    assert (found.worse, found.better) == (0, 0)


def test_empty_unequal_and_not_finite_are_refused() -> None:
    for call in (lambda: rate([]), lambda: rate_bound([], "lower"), lambda: difference([], [])):
        with pytest.raises(ValueError, match="no values"):
            call()
    with pytest.raises(ValueError, match="paired"):
        difference([1], [1, 0])
    with pytest.raises(ValueError, match="paired"):
        log_ratio([1.0], [])
    with pytest.raises(ValueError, match="finite"):
        rate([0.5, float("nan")])
    with pytest.raises(ValueError, match="finite"):
        difference([0.5, 1], [float("inf"), 0])
    with pytest.raises(ValueError, match="from 0 to 1"):
        rate_bound([1.0] * 9 + [1.5], "lower")


def test_a_ratio_is_the_geometric_mean_of_the_usable_pairs() -> None:
    found = log_ratio([2.0, 1.0, 0.0, -1.0, 3.0, 1.0], [1.0, 8.0, 5.0, 2.0, 0.0, float("inf")])
    assert found is not None
    assert found.n == 2
    assert found.ratio == pytest.approx((0.5 * 8) ** 0.5)
    assert (found.interval, found.p_value) == (None, None)


def test_a_ratio_has_its_interval_on_the_log_scale() -> None:
    base = [0.5 + 0.05 * i for i in range(30)]
    head = [value * (0.6 + 0.01 * (i % 9)) for i, value in enumerate(base)]
    found = log_ratio(base, head)
    assert found is not None
    assert found.interval is not None
    logs = [round(log(h) - log(b), 12) for b, h in zip(base, head, strict=True)]
    inner = bootstrap_mean(logs)
    assert inner is not None
    assert found.interval == (exp(inner.low), exp(inner.high))
    assert found.interval.low < found.ratio < found.interval.high < 1
    assert found.p_value is not None
    assert found.p_value < 0.001
    turned = log_ratio(head, base)
    assert turned is not None
    assert turned.ratio == pytest.approx(1 / found.ratio)


def test_no_usable_pair_is_no_ratio() -> None:
    assert log_ratio([], []) is None
    assert log_ratio([0.0, 1.0], [1.0, 0.0]) is None


def test_equal_ratios_cannot_tell() -> None:
    found = log_ratio([float(i) for i in range(1, 30)], [i * 1.1 for i in range(1, 30)])
    assert found is not None
    assert found.ratio == pytest.approx(1.1)
    assert (found.interval, found.p_value) == (None, None)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(1e-6, 1e4), st.floats(1e-6, 1e4)), min_size=1, max_size=25))
def test_a_ratio_never_warns_and_stays_among_its_pairs(pairs: list[tuple[float, float]]) -> None:
    found = log_ratio([b for b, _ in pairs], [h for _, h in pairs])
    ratios = [h / b for b, h in pairs]
    assert found is not None
    assert min(ratios) * (1 - 1e-9) <= found.ratio <= max(ratios) * (1 + 1e-9)


def clustered_standard_error(values: list[float], size: int) -> float:
    """E. Miller, "Adding error bars to evals" (2024), eq. 4: of the mean of all values, `size` of them a cluster."""
    mean, n = fsum(values) / len(values), len(values)
    sums = [fsum(value - mean for value in values[start : start + size]) for start in range(0, n, size)]
    return sqrt(fsum(one * one for one in sums)) / n


def test_clusters_of_equal_size_have_millers_clustered_error() -> None:
    """The bootstrap over cluster means is a normal interval with his error, but for the bootstrap's own noise."""
    draw = random.Random(5)
    size, base, head = 5, [], []
    for _ in range(120):
        ease, shift = draw.random(), draw.choice([-0.2, 0.0, 0.4])
        base += [float(draw.random() < ease) for _ in range(size)]
        head += [float(draw.random() < ease + shift) for _ in range(size)]
    changes = [h - b for b, h in zip(base, head, strict=True)]
    old, new = ([fsum(side[i : i + size]) / size for i in range(0, len(side), size)] for side in (base, head))
    error = clustered_standard_error(changes, size)
    by_cluster, by_case = difference(old, new), difference(base, head)
    assert by_cluster.n == 120
    assert by_cluster.estimate == pytest.approx(by_case.estimate)
    assert by_cluster.p_value is not None
    found = bootstrap_mean([round(h - b, 12) for b, h in zip(old, new, strict=True)])
    assert found is not None
    assert (found.high - found.low) / (2 * 1.96 * error) == pytest.approx(1, abs=0.04)
    assert by_cluster.p_value == pytest.approx(2 * NormalDist().cdf(-abs(by_cluster.estimate) / error), abs=0.03)


def test_a_rate_over_clusters_is_never_narrower_than_millers_error() -> None:
    draw = random.Random(6)
    for rate_of_all in (0.5, 0.8, 0.95):
        answers: list[float] = []
        for _ in range(100):
            ease = draw.betavariate(2 * rate_of_all, 2 * (1 - rate_of_all))
            answers += [float(draw.random() < ease) for _ in range(5)]
        found = rate([fsum(answers[i : i + 5]) / 5 for i in range(0, 500, 5)])
        assert found.mean == pytest.approx(fsum(answers) / 500)
        assert found.interval.high - found.interval.low > 2 * 1.96 * clustered_standard_error(answers, 5)
