from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptops.errors import PromptError
from promptops.evals.evaluators.length import count_lines, count_sentences, count_words

from .fakes import score


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", 0),
        ("...", 0),
        ("No full stop", 1),
        ("One. Two! Three?", 3),
        ("Dr. Smith met Mr. Jones. They left.", 2),
        ("It costs 3.50 euros. Version 1.2.3 is out.", 2),
        ("Wait… there is more. Really…", 2),
        ("Wait… There is more.", 2),
        ("Well ... Yes.", 2),
        ("Really?! Yes!!!", 2),
        ('"Go." She left. “Why?” he asked.', 3),
        ("Use tools, e.g. Excel or i.e. that. Fine.", 2),
        ("J. R. R. Tolkien wrote it.", 1),
        ("So do I. Then go.", 2),
        ("See no. 5 and fig. 3. No. It is not.", 3),
        ("Visit example.com today. It is free.", 2),
        ("A heading\n\nA paragraph. With two.", 3),
        ("wrapped\nover lines.", 1),
        ("- first\n- second\n- third", 3),
        ("1. Call Ana.\n2. Write to Tom.", 2),
        ("**Bold claim.** Next.", 2),
        ("今天下雨。我在家！好吗？", 3),
        ("今天下雨。我在家", 2),
        ("Das ist z. B. gut. Ende.", 2),
        ("(It ends here.) Next one.", 2),
    ],
)
def test_sentences(text: str, sentences: int) -> None:
    assert count_sentences(text) == sentences


def test_words_and_lines() -> None:
    assert count_words("Well — it's 3.5 % more, isn't it?") == 6
    assert count_lines("a\n\n \nb\r\nc") == 3


@pytest.mark.parametrize(
    ("options", "value", "reason"),
    [
        ({"maxWords": 3}, 1, ""),
        ({"maxWords": 2}, 0, "should have at most 2 words, has 3"),
        ({"minWords": 3}, 1, ""),
        ({"minWords": 4}, 0, "should have at least 4 words, has 3"),
        ({"maxCharacters": 13}, 1, ""),
        ({"maxCharacters": 12}, 0, "should have at most 12 characters, has 13"),
        ({"minSentences": 2, "maxWords": 3}, 0.5, "should have at least 2 sentences, has 1"),
        ({"maxLines": 1}, 1, ""),
        ({"maxLines": 0}, 0, "should have at most 0 lines, has 1"),
    ],
)
def test_bounds(options: dict[str, Any], value: float, reason: str) -> None:
    result = score("length", options, "\n one two three \n")
    assert (result.value, result.reason, result.passed) == (value, reason, value == 1)


@pytest.mark.parametrize("options", [{}, {"minWords": 3, "maxWords": 2}])
def test_options_that_make_no_sense_are_refused_before_the_run(options: dict[str, Any]) -> None:
    with pytest.raises(PromptError):
        score("length", options, "x")


@example("1. ")
@given(st.text(alphabet=st.sampled_from("aB1 .!?…。\n-\"')(é\u2028\ud800")) | st.text())
def test_never_raises_and_sentences_are_at_most_words_but_for_wide_stops(text: str) -> None:
    assert (
        score("length", {"maxSentences": 3, "maxWords": 9, "maxLines": 2, "maxCharacters": 5}, text).passed is not None
    )
    if not set(text) & set("。！？"):
        assert count_sentences(text) <= count_words(text)
    assert (count_sentences(text) == 0) == (count_words(text) == 0)


@pytest.mark.parametrize(
    "text", ["." * 200_000 + "x", ".' " * 100_000, "a.\n" * 100_000, "\n" * 200_000, " " * 200_000]
)
def test_hostile_texts_take_no_longer_than_their_length(text: str) -> None:
    started = time.monotonic()
    count_sentences(text)
    assert time.monotonic() - started < 5  # quadratic work would take minutes
