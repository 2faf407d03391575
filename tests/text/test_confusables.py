"""The table of letters that look like Latin ones."""

from __future__ import annotations

import unicodedata

from promptops.lint.engine.registry import RULES
from promptops.text.confusables import LATIN_OF


def test_every_letter_is_cyrillic_or_greek_and_stands_for_a_latin_one() -> None:
    for letter, latin in LATIN_OF.items():
        assert unicodedata.name(letter).split()[0] in ("CYRILLIC", "GREEK")
        assert latin.isascii()
        assert letter.isupper() == latin.isupper() or letter == "ӏ"


def test_the_rule_is_loaded_for_files_with_one_of_them_and_for_no_others() -> None:
    needs = next(entry.needs for entry in RULES if entry.code == "P206")
    assert set(needs) == set(LATIN_OF)
