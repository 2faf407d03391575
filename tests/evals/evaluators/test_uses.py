from __future__ import annotations

import pytest

from .fakes import score


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("github/coherence", "judge: {question:"),
        ("github/fluency", "judge: {question:"),
        ("github/relevance", "judge: {question:"),
        ("github/groundedness", "judge: {question:"),
        ("github/similarity", "{{ expected }}"),
        ("acme/other", "no built-in evaluator"),
    ],
)
def test_loads_and_says_what_it_takes(name: str, hint: str) -> None:
    result = score("uses", {"uses": name}, "x")
    assert (result.status, result.passed) == ("error", None)
    assert name in result.reason
    assert hint in result.reason
