"""What somebody meant who wrote a name that there is not."""

from __future__ import annotations

import pytest

from promptops.text.suggestions import closest, did_you_mean, unseen_spelling

KNOWN = ["greet", "legal/clause", "order-note"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("order-nte", "order-note"),
        ("clause", "legal/clause"),
        ("legal/clase", "legal/clause"),
        ("other/clause", "legal/clause"),
        ("prompts/greet", "greet"),
        ("zzz", ""),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)
def test_the_closest_known_name(name: str, meant: str) -> None:
    assert closest(name, KNOWN) == meant


def test_a_name_that_was_cut_short_comes_before_one_that_was_misspelt() -> None:
    assert closest("P20", ["P420", "P206", "P120"]) == "P206"


def test_without_a_close_name_the_first_are_listed() -> None:
    assert did_you_mean("zzz", KNOWN) == "there are: greet, legal/clause, order-note"
    assert did_you_mean("zzz", ["a b", "c"]) == "there are: 'a b', 'c'"
    assert did_you_mean("zzz", map(str, range(13))).endswith("10, 11 …")
    assert did_you_mean("zzz", [], "write one first") == "write one first"


@pytest.mark.parametrize("name", ["gro\u0308\u00dfe", "gr\u00f6\u00dfe\u200b", "gr\u00f6\u00df\u0435"])
def test_a_suggestion_that_looks_like_the_name_itself_says_so(name: str) -> None:
    hint = did_you_mean(name, ["gr\u00f6\u00dfe"])
    assert (
        hint == "did you mean 'gr\u00f6\u00dfe'? It looks the same and is made of other characters: copy it from there."
    )
    assert unseen_spelling("grosse", "gr\u00f6\u00dfe") == unseen_spelling("gr\u00f6\u00dfe", "gr\u00f6\u00dfe") == ""
