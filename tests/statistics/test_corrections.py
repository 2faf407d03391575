"""Holm by hand, by its published example, and by what must always hold."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.statistics.corrections import holm

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
