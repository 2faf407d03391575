from __future__ import annotations

import pytest

from promptops.model.model_call import Reply

from .fakes import score


@pytest.mark.parametrize(("seconds", "passed"), [(0.0, True), (1.5, True), (1.5001, False), (90.0, False)])
def test_in_time_or_not(seconds: float, passed: bool) -> None:
    result = score("latency", {"maxSeconds": 1.5}, Reply("x", latency=seconds))
    assert result.passed is passed
    assert "at most 1.5" in result.reason


def test_a_reply_whose_seconds_nobody_knows_neither_passes_nor_fails() -> None:
    result = score("latency", {"maxSeconds": 1.5}, Reply("x", latency=None))
    assert (result.status, result.value, result.passed) == ("error", None, None)
    assert "not measured in this run" in result.reason
