"""Tags that a text cannot know."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.text import fencing
from promptops.text.fencing import fenced


@given(st.text())
def test_a_text_stands_unchanged_between_tags_that_it_does_not_hold(text: str) -> None:
    found = re.fullmatch(r"<(text-[0-9a-f]{16})>\n(.*)\n</\1>", fenced(text), re.DOTALL)
    assert found is not None
    assert found[2] == text
    assert found[1] not in text
    assert fenced(text) == fenced(text)


def test_another_text_or_label_has_another_tag() -> None:
    assert len({fenced("a").split("\n")[0], fenced("b").split("\n")[0], fenced("a", "letter").split("\n")[0]}) == 3


def test_a_text_that_guessed_its_tag_gets_another(monkeypatch: pytest.MonkeyPatch) -> None:
    guesses = iter(["sha256:0badc0de0badc0de", "sha256:5afe5afe5afe5afe"])
    monkeypatch.setattr(fencing, "digest", lambda about: next(guesses))
    assert fenced("x 0badc0de0badc0de").startswith("<text-5afe5afe5afe5afe>\n")


@pytest.mark.parametrize("label", ["", "a b", "1st", "a>", "ä", "x" * 41])
def test_a_label_is_a_word(label: str) -> None:
    with pytest.raises(ValueError, match="one word"):
        fenced("x", label)
