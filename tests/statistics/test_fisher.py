"""Fisher's test against scipy."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.statistics.fisher import fisher_exact_less

stats: Any = import_module("scipy.stats")  # untyped


@given(st.integers(0, 60), st.integers(0, 60), st.data())
def test_it_is_scipys(n_before: int, n_now: int, data: st.DataObject) -> None:
    before, now = data.draw(st.integers(0, n_before)), data.draw(st.integers(0, n_now))
    table = [[now, n_now - now], [before, n_before - before]]
    expected = stats.fisher_exact(table, alternative="less").pvalue
    assert fisher_exact_less(before, n_before, now, n_now) == pytest.approx(expected, rel=1e-9)


def test_a_fall_is_told_and_a_rise_is_not() -> None:
    assert fisher_exact_less(20, 20, 5, 20) < 0.0001
    assert fisher_exact_less(5, 20, 20, 20) == 1.0
    assert fisher_exact_less(0, 0, 0, 0) == 1.0


@pytest.mark.parametrize("counts", [(3, 2, 0, 1), (-1, 2, 0, 1), (0, 1, 2, 1)])
def test_counts_that_cannot_be_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="are not counts"):
        fisher_exact_less(*counts)
