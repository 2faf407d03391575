"""The bootstrap against scipy, number by number, and what a mean can be."""

from __future__ import annotations

import random
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.statistics.bootstrap import all_equal, bootstrap_mean

stats: Any = import_module("scipy.stats")  # untyped

THIRDS = random.Random(5).choices([0, 1 / 3, 2 / 3, 1], k=40)


def theirs(values: list[float], confidence: float, seed: int) -> tuple[float, float]:
    """scipy's BCa at the confidence that Hesterberg's expansion makes of this one."""
    n = len(values)
    z = (n / (n - 1)) ** 0.5 * float(stats.t.ppf((1 + confidence) / 2, n - 1))
    found = stats.bootstrap(
        (np.array(values),),
        np.mean,
        confidence_level=1 - 2 * float(stats.norm.sf(z)),
        batch=max(1, 2_000_000 // n),
        rng=seed,
    )
    return tuple(found.confidence_interval)


@st.composite
def samples(draw: st.DrawFn) -> list[float]:
    """Averages of trials, differences of them, logs of latencies, and what lies crowded at one end."""
    kind = draw(st.sampled_from(["thirds", "differences", "logs", "crowded"]))
    rng, n = random.Random(draw(st.integers(0, 10**6))), draw(st.integers(10, 60))
    if kind == "thirds":
        return rng.choices([0, 1 / 3, 2 / 3, 1], k=n)
    if kind == "differences":
        return [round(rng.choice([0, 0.5, 1]) - rng.choice([0, 0.25, 1]), 12) for _ in range(n)]
    if kind == "logs":
        return [rng.gauss(0.1, 1) for _ in range(n)]
    return [1.0] * (n - 1) + [rng.random()]


@settings(max_examples=40, deadline=None)
@given(samples(), st.sampled_from([0.8, 0.9, 0.95, 0.99]), st.integers(0, 5))
def test_it_is_scipys_bca(values: list[float], confidence: float, seed: int) -> None:
    ours = bootstrap_mean(values, confidence, seed)
    if ours is None:
        assert all_equal(values)
    else:
        assert ours == pytest.approx(theirs(values, confidence, seed), rel=1e-9, abs=1e-9)
        assert type(ours.low) is float


def test_a_sample_that_takes_several_batches_is_scipys_too() -> None:
    values = random.Random(8).choices([0, 0.5, 1], k=2_500)
    assert bootstrap_mean(values) == pytest.approx(theirs(values, 0.95, 0), rel=1e-9)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95, float("nan")])
def test_what_is_not_a_confidence_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        bootstrap_mean([0.0, 1.0] * 10, confidence)


def test_the_bootstrap_depends_on_the_seed_only() -> None:
    assert bootstrap_mean(THIRDS, seed=3) == bootstrap_mean(THIRDS, seed=3) != bootstrap_mean(THIRDS, seed=4)


def test_large_samples_come_near_the_normal_interval() -> None:
    values = list(np.random.default_rng(1).random(800))
    half = 1.96 * float(np.std(values)) / 800**0.5
    found = bootstrap_mean(values)
    assert found == pytest.approx((np.mean(values) - half, np.mean(values) + half), abs=0.003)


@pytest.mark.parametrize(
    "values", [[], [0.5] * 9, [0.1, 0.9] * 4, [0.5] * 30, [0.0] * 30, [2 / 3 - 1 / 3, 1 - 2 / 3] * 9]
)
def test_the_bootstrap_says_when_it_cannot_tell(values: list[float]) -> None:
    assert bootstrap_mean(values) is None


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1 / 3, 0.5, 2 / 3, 1.0, 1e-9, 1e6]), min_size=10, max_size=30))
def test_the_bootstrap_never_leaves_the_values_and_never_warns(values: list[float]) -> None:
    found = bootstrap_mean(values)
    if found is None:
        assert all_equal(values)
    else:
        assert min(values) <= found.low <= found.high <= max(values)


def test_few_values_are_covered_as_often_as_is_said() -> None:
    """Unexpanded, BCa of 12 values covers 91%."""
    draw = random.Random(9)
    found = [bootstrap_mean([draw.gauss(0, 1) for _ in range(12)]) for _ in range(300)]
    assert sum(one is not None and one.low <= 0 <= one.high for one in found) >= 0.925 * 300
