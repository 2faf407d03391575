from __future__ import annotations

import pytest

from promptops.model.model_call import Reply, Usage

from .fakes import score


@pytest.mark.parametrize(("dollars", "passed"), [(0.0, True), (0.002, True), (0.0021, False)])
def test_within_the_price_or_not(dollars: float, passed: bool) -> None:
    result = score("cost", {"maxUsd": 0.002}, "x", cost=dollars)
    assert result.passed is passed
    assert "at most $0.002" in result.reason


def test_an_unknown_price_is_not_zero() -> None:
    result = score("cost", {"maxUsd": 0.002}, Reply("x", usage=Usage(5, 5)), cost=None)
    assert (result.status, result.value, result.passed) == ("error", None, None)
    assert "not measured: no price is known" in result.reason


def test_tokens_that_nobody_counted_are_told_as_such() -> None:
    result = score("cost", {"maxUsd": 0.002}, Reply("x"), cost=None)
    assert (result.status, result.reason) == (
        "error",
        "not measured: the provider did not count the tokens (usage is missing)",
    )
