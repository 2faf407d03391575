"""Columns as rich counts them, which history did before it had to do without."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from promptops.report.history.cell_width import cell_width, cut_to_width

ALPHABET = "ab é–…日本語한국ｗ🎉✅⚠♥\u0301"


@pytest.mark.parametrize(
    "text", ["", "plain", "Zürich – größer", "日本語", "e\u0301a", "한국 ok", "🎉 new", "⚠️ old", "ｗｉｄｅ", "\u200bx"]
)
def test_a_text_takes_the_columns_that_rich_says(text: str) -> None:
    assert cell_width(text) == cell_len(text)


@given(st.text(st.sampled_from(ALPHABET)))
def test_any_mixture_takes_the_columns_that_rich_says(text: str) -> None:
    assert cell_width(text) == cell_len(text)


@given(st.text(st.sampled_from(ALPHABET)), st.integers(0, 20))
def test_a_cut_text_is_the_longest_beginning_that_fits(text: str, width: int) -> None:
    cut = cut_to_width(text, width)
    assert text.startswith(cut)
    assert cell_width(cut) <= width
    assert cut == text or cell_width(text[: len(cut) + 1]) > width
