from __future__ import annotations

from typing import Any

import pytest

from promptops.errors import PromptError
from promptops.model.model_call import Reply

from .fakes import score, used


@pytest.mark.parametrize(
    ("options", "reply", "value"),
    [
        ({"maxOutput": 10}, used(output=10), 1),
        ({"maxOutput": 10}, used(output=11), 0),
        ({"maxInput": 5}, used(input=6), 0),
        ({"maxOutput": 10, "maxInput": 5}, used(output=1, input=6), 0.5),
        ({"maxOutput": 0}, used(output=0), 1),
    ],
)
def test_within_the_bounds_or_not(options: dict[str, Any], reply: Reply, value: float) -> None:
    result = score("tokens", options, reply)
    assert (result.value, result.passed) == (value, value == 1)
    assert bool(result.reason) is (value < 1)


@pytest.mark.parametrize("options", [{"maxOutput": 10}, {"maxInput": 10}, {"maxOutput": 10, "maxInput": 10}])
def test_what_the_provider_did_not_count_neither_passes_nor_fails(options: dict[str, Any]) -> None:
    result = score("tokens", options, used())
    assert (result.status, result.passed) == ("error", None)
    assert "not measured" in result.reason


def test_no_bound_is_refused_before_the_run() -> None:
    with pytest.raises(PromptError):
        score("tokens", {}, used(output=1))
