"""A line somebody typed, as words: what stands in quotation marks is one, whichever marks a phone writes."""

from __future__ import annotations

import re
from typing import NamedTuple

_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "'": "'", "‘": "’"}
"""What opens a quotation, and what may end it: phones write their own."""


class Token(NamedTuple):
    """A word, or what stood between quotation marks."""

    text: str
    quoted: bool = False


def _quotation(opening: str, closing: str) -> str:
    """The pattern of a quotation. An apostrophe ends one only at a word's end."""
    end = f"[{closing}]" + (r"(?!\S)" if closing in "'’" else "")
    escaped = rf"\\[\\{closing}]"
    return f"{opening}(?:{escaped}|(?!{escaped}|{end}).)*{end}"


_UNCLOSED = f"[{''.join(_QUOTES)}]"
_WORD = re.compile("|".join([*map(_quotation, _QUOTES, _QUOTES.values()), _UNCLOSED, r"\S+"]), re.DOTALL)


def split_words(line: str) -> list[Token] | None:
    """The line's words; None when a quotation never ends. A quotation begins at a word's start only: don't is a word.

    Inside of one, a backslash keeps a quotation mark or a backslash that follows it.
    """
    words: list[Token] = []
    for word in _WORD.findall(line):
        closing = _QUOTES.get(word[0])
        if closing is None:
            words.append(Token(word))
        elif len(word) == 1:
            return None
        else:
            words.append(Token(re.sub(rf"\\([\\{closing}])", r"\1", word[1:-1]), quoted=True))
    return words
