"""Names as people type them on phones and copy them from pages."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.text.name_matching import match_name, nearest_name

NAMES = ("don't shout", "names the owner", 'says "hello"', "lyon-pilot", "Größe ✔️", "a very long name of a criterion")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("don’t shout", "don't shout"),
        ("dont shout", "don't shout"),
        ("don´t  shout.", "don't shout"),
        ("Don't\xa0Shout", "don't shout"),
        ("names the owner ¹", "names the owner"),
        ("names the owner ¹² (3 cases)", "names the owner"),
        ("**names the owner**", "names the owner"),
        ("names\\_the\\_owner", "names the owner"),
        ("names the owner:", "names the owner"),
        ("names the o\u2060wner", "names the owner"),
        ("nаmes the owner", "names the owner"),
        ("says “hello”", 'says "hello"'),
        ("says hello", 'says "hello"'),
        ("«says hello»", 'says "hello"'),
        ("lyon–pilot", "lyon-pilot"),
        ("lyon—pilot", "lyon-pilot"),
        ("lyon pilot", "lyon-pilot"),
        ("`lyon-pilot`", "lyon-pilot"),
        ("LYON-PILOT", "lyon-pilot"),
        (unicodedata.normalize("NFD", "größe ✔"), "Größe ✔️"),
        ("a very long na…", "a very long name of a criterion"),
        ("a very long na… 17 more characters", "a very long name of a criterion"),
    ],
)
def test_a_name_is_known_however_a_phone_or_a_page_writes_it(said: str, meant: str) -> None:
    assert match_name(said, NAMES) == meant


@pytest.mark.parametrize("said", ["", "...", "shout", "lyonpilot", "a ve…", "names the owners"])
def test_what_is_another_name_or_none_is_not_known(said: str) -> None:
    assert match_name(said, NAMES) == ""


def test_of_several_that_fit_equally_none_is_meant_and_the_nearer_form_wins() -> None:
    assert match_name("a 1", ("a-1", "a_1")) == ""
    assert match_name("a–1", ("a-1", "a_1")) == "a-1"
    assert match_name("A-1", ("a-1", "a‐1")) == "a-1"
    assert match_name("TONE", ("Tone", "tone")) == ""
    assert match_name("tone", ("Tone", "tone")) == "tone"
    assert match_name("a-1", ("a-1", "a-1")) == "a-1"


def test_strictly_only_capitals_spaces_and_spelling_may_differ() -> None:
    assert match_name("Lyon-Pilot", NAMES, loosely=False) == "lyon-pilot"
    assert match_name("lyon–pilot", NAMES, loosely=False) == ""


@pytest.mark.parametrize(
    ("said", "near"),
    [("lyon-pilt", "lyon-pilot"), ("LYON-PILT", "lyon-pilot"), ("names owner", "names the owner"), ("zzz", "")],
)
def test_the_name_that_is_most_like_another(said: str, near: str) -> None:
    assert nearest_name(said, NAMES) == near


@given(st.text(max_size=30), st.lists(st.text(max_size=10), max_size=5))
def test_what_is_found_is_a_known_name_and_a_known_name_is_found(said: str, known: list[str]) -> None:
    assert match_name(said, known) in (*known, "")
    assert match_name(said, [*known, said]) == said
