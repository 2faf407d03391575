"""Holm by hand, by its published example, and by what must always hold."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.statistics.corrections import holm, weighted_holm

p_values = st.lists(st.floats(0, 1), max_size=30)


def test_the_common_worked_example() -> None:
    """R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm"): 0.03 0.06 0.06 0.02."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_one_none_and_certain() -> None:
    assert holm([]) == []
    assert holm([0.03]) == [0.03]
    assert holm([1.0, 0.9, 0.0]) == [1.0, 1.0, 0.0]


@given(p_values)
def test_never_smaller_never_above_one_and_in_the_same_order(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(raw <= found <= 1 for raw, found in zip(values, adjusted, strict=True))
    by_raw = [found for _, found in sorted(zip(values, adjusted, strict=True))]
    assert by_raw == sorted(by_raw)
    assert all(found <= min(1.0, len(values) * raw) for raw, found in zip(values, adjusted, strict=True))


@given(p_values.filter(bool), st.randoms())
def test_the_order_of_the_questions_does_not_matter(values: list[float], shuffler: random.Random) -> None:
    order = list(range(len(values)))
    shuffler.shuffle(order)
    adjusted, shuffled = holm(values), holm([values[i] for i in order])
    assert shuffled == [adjusted[i] for i in order]


@given(p_values, st.sampled_from([0.01, 0.05, 0.2]))
def test_the_same_claims_as_stepping_down_by_hand(values: list[float], level: float) -> None:
    claimed = 0
    for rank, p in enumerate(sorted(values)):
        if (len(values) - rank) * p >= level:
            break
        claimed += 1
    assert sum(p < level for p in holm(values)) == claimed


@pytest.mark.parametrize("wrong", [-0.01, 1.01, float("nan")])
def test_what_is_not_a_p_value_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="p-value"):
        holm([0.5, wrong])


def test_weights_by_hand() -> None:
    """Cost and latency hold half a point of five each, the two criteria two points each."""
    found = weighted_holm([0.004, 0.03, 0.02, 0.6], [2, 2, 0.5, 0.5])
    # By p/w: 0.004·5/2; then 3 points left: 0.03·3/2; then 1: 0.02·1/0.5 = 0.04, never below what came before.
    assert found == pytest.approx([0.01, 0.045, 0.045, 0.6])


def test_the_weight_of_a_test_that_cannot_be_made_stays_unspent() -> None:
    assert weighted_holm([0.03, None], [4, 1]) == pytest.approx([0.0375, None])
    assert weighted_holm([None, None], [4, 1]) == [None, None]
    assert weighted_holm([], []) == []


weighed = st.lists(st.tuples(st.none() | st.floats(0, 1), st.floats(0.1, 10)), max_size=12)


@given(weighed)
def test_what_is_not_tested_weighs_as_a_p_of_one(tests: list[tuple[float | None, float]]) -> None:
    p_values, weights = [p for p, _ in tests], [w for _, w in tests]
    known = weighted_holm([1.0 if p is None else p for p in p_values], weights)
    found = weighted_holm(p_values, weights)
    assert [p is None for p in found] == [p is None for p in p_values]
    assert all(one is None or one == other for one, other in zip(found, known, strict=True))


@given(weighed, st.sampled_from([0.01, 0.05, 0.2]))
def test_the_same_claims_as_the_weighted_procedure_by_hand(
    tests: list[tuple[float | None, float]], level: float
) -> None:
    left, claims = list(range(len(tests))), set()
    while True:
        share = sum(tests[i][1] for i in left)
        found = [i for i in left if (p := tests[i][0]) is not None and p * (share / tests[i][1]) < level]
        if not found:
            break
        claims |= set(found)
        left = [i for i in left if i not in found]
    adjusted = weighted_holm([p for p, _ in tests], [w for _, w in tests])
    assert {i for i, p in enumerate(adjusted) if p is not None and p < level} == claims


@given(p_values)
def test_equal_weights_are_holms_procedure(values: list[float]) -> None:
    assert weighted_holm(values, [0.25] * len(values)) == holm(values)


def test_what_is_no_weight_is_refused() -> None:
    for p, w in (([0.1], [0.0]), ([0.1], [-1.0]), ([0.1], []), ([0.1], [float("nan")]), ([0.1], [float("inf")])):
        with pytest.raises(ValueError, match="weight"):
            weighted_holm(p, w)
