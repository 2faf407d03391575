"""The incomplete beta function and its inverse against scipy, for real arguments too."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.statistics.beta_distribution import beta_cdf, beta_quantile

stats: Any = import_module("scipy.stats")  # untyped

sizes = st.one_of(st.integers(1, 2000), st.floats(0.01, 2000))


@given(st.floats(0, 1), sizes, sizes)
def test_the_incomplete_beta_function_is_scipys(x: float, a: float, b: float) -> None:
    assert beta_cdf(x, a, b) == pytest.approx(float(stats.beta.cdf(x, a, b)), abs=1e-10)


@given(st.floats(0.001, 0.999), sizes, sizes)
def test_the_quantile_is_scipys(share: float, a: float, b: float) -> None:
    found = beta_quantile(share, a, b)
    assert 0 <= found <= 1
    assert found == pytest.approx(float(stats.beta.ppf(share, a, b)), abs=1e-9)


def test_hundred_thousand_cases_are_no_trouble() -> None:
    assert beta_quantile(0.05, 90_000, 10_001) == pytest.approx(float(stats.beta.ppf(0.05, 90_000, 10_001)), abs=1e-9)


@pytest.mark.parametrize(("x", "a", "b"), [(-0.1, 1, 1), (1.1, 1, 1), (0.5, 0, 1), (0.5, 1, -1), (float("nan"), 1, 1)])
def test_what_is_no_beta_distribution_is_refused(x: float, a: float, b: float) -> None:
    with pytest.raises(ValueError, match="beta distribution"):
        beta_cdf(x, a, b)
