"""A line somebody typed, as words: what stands in quotation marks is one, whichever marks a phone writes."""

from __future__ import annotations

from typing import NamedTuple

_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "'": "'", "‘": "’"}
"""What opens a quotation, and what may end it: phones write their own."""


class Token(NamedTuple):
    """A word, or what stood between quotation marks."""

    text: str
    quoted: bool = False


def split_words(line: str) -> list[Token] | None:
    """The line's words; None when a quotation never ends. A quotation begins at a word's start only: don't is a word.

    Inside of one, a backslash keeps a quotation mark or a backslash that follows it.
    """
    words: list[Token] = []
    at, end = 0, len(line)
    while at < end:
        if line[at].isspace():
            at += 1
        elif closing := _QUOTES.get(line[at]):
            text, at = _quotation(line, at + 1, closing)
            if at < 0:
                return None
            words.append(Token(text, True))
        else:
            start = at
            while at < end and not line[at].isspace():
                at += 1
            words.append(Token(line[start:at]))
    return words


def _quotation(line: str, at: int, closing: str) -> tuple[str, int]:
    """The text up to the closing mark, and the place behind it; -1 when there is none."""
    text: list[str] = []
    while at < len(line):
        if line[at] == "\\" and line[at + 1 : at + 2] in ("\\", *closing):
            text.append(line[at + 1 : at + 2])
            at += 2
        elif line[at] in closing and (at + 1 == len(line) or line[at + 1].isspace() or closing not in "'’"):
            return "".join(text), at + 1
        else:
            text.append(line[at])
            at += 1
    return "", -1
