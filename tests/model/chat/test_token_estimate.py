"""The estimate of a text's length."""

from __future__ import annotations

import pytest

from promptops.model.chat.token_estimate import estimate_tokens


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("x" * 4000, 1000)])
def test_the_estimate_is_a_quarter_of_the_characters(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens
