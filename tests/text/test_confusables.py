"""The table of letters that look like Latin ones."""

from __future__ import annotations

import unicodedata

from promptops.text.confusables import LATIN_OF


def test_every_letter_is_cyrillic_or_greek_and_stands_for_a_latin_one() -> None:
    for letter, latin in LATIN_OF.items():
        assert unicodedata.name(letter).split()[0] in ("CYRILLIC", "GREEK")
        assert latin.isascii()
        assert letter.isupper() == latin.isupper() or letter == "ӏ"
