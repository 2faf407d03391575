from __future__ import annotations

import pytest

from .fakes import score


@pytest.mark.parametrize(("dollars", "passed"), [(0.0, True), (0.002, True), (0.0021, False)])
def test_within_the_price_or_not(dollars: float, passed: bool) -> None:
    result = score("cost", {"maxUsd": 0.002}, "x", cost=dollars)
    assert result.passed is passed
    assert "at most $0.002" in result.reason


def test_an_unknown_price_is_not_zero() -> None:
    result = score("cost", {"maxUsd": 0.002}, "x", cost=None)
    assert (result.status, result.value, result.passed) == ("error", None, None)
    assert "not measured" in result.reason
