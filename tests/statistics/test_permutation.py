"""The sign-flip test against scipy and by hand; when it cannot tell; how often it is wrong."""

from __future__ import annotations

import random
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.statistics.bootstrap import bootstrap_mean
from promptops.statistics.permutation import sign_flip, sign_flips

stats: Any = import_module("scipy.stats")  # untyped

TWELVE = [0.5, -0.2, 0.3, 0.0, 0.7, 0.1, -0.4, 0.6, 0.2, 0.9, -0.1, 0.35]


def test_small_samples_are_enumerated_exactly() -> None:
    flips = [abs(sum(s * d for s, d in zip(signs, TWELVE, strict=True))) for signs in product((1, -1), repeat=12)]
    expected = sum(total >= abs(sum(TWELVE)) - 1e-9 for total in flips) / 2**12
    assert sign_flip(TWELVE) == expected
    theirs = stats.permutation_test((np.array(TWELVE),), np.mean, permutation_type="samples", n_resamples=2**12)
    assert expected == pytest.approx(theirs.pvalue)


def test_larger_samples_come_near_the_exact_p() -> None:
    exact, sampled = sign_flip(TWELVE), sign_flip(TWELVE, resamples=4_000)
    assert exact is not None
    assert sampled == pytest.approx(exact, abs=0.015)
    assert sampled != exact


def test_ties_count_as_extreme_whatever_the_order_of_addition() -> None:
    values = [0.1, 0.2, 0.3, 0.7] * 3
    assert sign_flip(values) == 2 / 2**12


def test_a_sampled_p_is_never_zero() -> None:
    assert sign_flip([1.0 + 0.01 * i for i in range(60)]) == 1 / 10_001


@given(st.lists(st.sampled_from([-1.0, -2 / 3, -1 / 3, 0.0, 1 / 3, 2 / 3, 1.0]), min_size=10, max_size=12))
def test_turning_every_sign_changes_nothing(values: list[float]) -> None:
    found = sign_flip(values)
    assert found == sign_flip([-value for value in values])
    assert found is None or 0 < found <= 1


@pytest.mark.parametrize("values", [[], [0.3], TWELVE[:9], [0.0] * 40, [0.25] * 40, [2 / 3 - 1 / 3, 1 - 2 / 3] * 8])
def test_it_says_when_it_cannot_tell(values: list[float]) -> None:
    assert sign_flip(values) is None
    assert bootstrap_mean(values) is None


def test_no_resamples_are_refused() -> None:
    with pytest.raises(ValueError, match="resamples"):
        sign_flip(TWELVE, resamples=0)


def test_the_seed_decides() -> None:
    rng = random.Random(2)
    values = [rng.gauss(0.1, 1) for _ in range(50)]
    assert sign_flip(values, seed=1) == sign_flip(values, seed=1) != sign_flip(values, seed=2)
    assert bootstrap_mean(values, seed=1) == bootstrap_mean(values, seed=1)


def test_the_interval_leaves_zero_out_where_the_test_is_sure() -> None:
    values = [0.3 + 0.01 * (i % 7) for i in range(30)]
    found = bootstrap_mean(values)
    assert found is not None
    assert 0 < found.low < sum(values) / 30 < found.high
    mirrored = bootstrap_mean([-value for value in values])
    assert mirrored == pytest.approx((-found.high, -found.low), abs=0.002)


def test_without_an_effect_it_cries_wolf_one_time_in_twenty() -> None:
    rng = random.Random(11)
    ps = [sign_flip([rng.choice([-1, -1 / 3, 0, 1 / 3, 1]) for _ in range(11)]) for _ in range(400)]
    wrong = sum(p is not None and p < 0.05 for p in ps) / 400
    assert 0.015 < wrong < 0.085


@pytest.mark.parametrize("n", [11, 40, 130])
def test_many_samples_at_once_have_the_p_of_each_alone(n: int) -> None:
    rng = random.Random(4)
    thirds = [[rng.choice([-1.0, -2 / 3, -1 / 3, 0.0, 1 / 3]) for _ in range(n)] for _ in range(30)]
    ratios = [[rng.gauss(0.05, 0.3) for _ in range(n)] for _ in range(3_000 // n)]
    samples = [*thirds, [0.25] * n, *ratios]
    assert sign_flips(samples) == [sign_flip(one) for one in samples]
    assert sign_flips([[0.0] * n]) == [None]
    assert sign_flips([]) == []


def test_as_many_resamples_as_there_are_flips_try_each_flip_once() -> None:
    differences = [0.1 * n for n in range(1, 11)]
    assert sign_flip(differences, resamples=2**10) == sign_flip(differences, resamples=2**11) == 2 / 2**10
