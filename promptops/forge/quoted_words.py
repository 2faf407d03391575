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


_KINDS = ('"“”„‟«»″', "'‘’‚‛", "`´")
"""Marks that are taken for each other: a phone may end a quotation with another one than began it."""
_AFTER = r"[.,;:!?]*(?!\S)"
_LOOSE_WORD = re.compile(
    "|".join([*(rf"[{kind}](?:\\.|[^\\])*?[{kind}]{_AFTER}" for kind in _KINDS), f"[{_KINDS[0]}]", r"\S+"]), re.DOTALL
)


def split_words_loosely(line: str) -> list[Token] | None:
    """The same where any mark of a kind ends a quotation, but only at a word's end; backticks, too, make one.

    None when a quotation in double marks never ends.
    """
    words: list[Token] = []
    for word in _LOOSE_WORD.findall(line):
        kind = next((kind for kind in _KINDS if word[0] in kind), None)
        bare = word.rstrip(".,;:!?")
        if kind == _KINDS[0] and len(word) == 1:
            return None
        if kind is None or len(bare) < 2 or bare[-1] not in kind:
            words.append(Token(word))
        else:
            words.append(Token(re.sub(rf"\\([\\{kind}])", r"\1", bare[1:-1]), quoted=True))
    return words
