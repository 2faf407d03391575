"""What is compared as people read it, and the names of differences that nobody sees."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.text.comparable import casefolded, comparable, comparable_value, unseen_difference


def within(expected: str, text: str) -> bool:
    return expected in text


def test_composed_and_decomposed_letters_are_one() -> None:
    assert comparable("cafe\u0301") == "café"
    assert casefolded("CAFE\u0301") == casefolded("café")
    assert comparable_value({"cafe\u0301": ["e\u0301", 1]}) == {"café": ["é", 1]}


@pytest.mark.parametrize(
    ("expected", "given_text", "words"),
    [
        ("10 Euro", "um 10\xa0Euro", "the reply has a no-break space (U+00A0) where a space was expected"),
        ("10\xa0Euro", "um 10 Euro", "the reply has a space where a no-break space (U+00A0) was expected"),
        ("it's", "so it’s fine", "the reply has a curly apostrophe (U+2019) where a straight apostrophe was expected"),
        ('say "a"', "say “a”", "the reply has a curly quotation mark (U+201C) where a straight quotation mark was"),
        ("2-3", "2–3", "the reply has an en dash (U+2013) where a hyphen was expected"),
        ("paypal", "раypal", "the reply has the Cyrillic letter 'р' (U+0440) where the Latin letter 'p' was expected"),
        ("password", "pass\u200bword", "the reply has a zero-width space (U+200B) in it"),
        ("pass\u00adword", "password", "the expected text has a soft hyphen (U+00AD) in it"),
        ("a b", "a\nb", "it differs in spaces or line breaks alone"),
    ],
)
def test_a_difference_that_nobody_sees_has_a_name(expected: str, given_text: str, words: str) -> None:
    assert words in unseen_difference(expected, given_text, within)


@pytest.mark.parametrize(("expected", "given_text"), [("cat", "dog"), ("é", "e"), ("ab", "a-b"), ("", "")])
def test_a_difference_that_is_seen_needs_no_name(expected: str, given_text: str) -> None:
    assert unseen_difference(expected, given_text, str.__eq__) == ""


MARKS = st.text(alphabet="e\u0301\u0316\u0323\u1100\u1161\u11a8\u09c7\u09be \uac00x", max_size=600)


@given(MARKS)
def test_a_long_text_is_brought_into_one_form_in_pieces(text: str) -> None:
    runs = [len(run) for run in re.findall("[\u0300-\u036f\u09be\u09c7\u1161\u11a8]+", text)]
    if max(runs, default=0) < 90:
        assert comparable(text) == unicodedata.normalize("NFC", text)


def test_a_mass_of_marks_takes_no_time() -> None:
    text = "e" + "\u0301\u0316" * 200_000
    assert comparable(text).startswith("é")
    assert casefolded(text.upper()).startswith("é")


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    assert comparable(comparable(one)) == comparable(one)
    assert casefolded(unicodedata.normalize("NFD", one)) == casefolded(unicodedata.normalize("NFC", one))
    if one not in other:
        unseen_difference(one, other, within)
