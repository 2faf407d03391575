"""How many columns of a terminal a text takes: wide letters take two, combining marks none.

By Python's own tables. A family of emoji that are joined counts as so many emoji, as most terminals show them.
"""

from __future__ import annotations

from itertools import accumulate, takewhile
from unicodedata import category, east_asian_width

_EMOJI_STYLE = "\ufe0f"
"""After a sign of one column: shown as an emoji, which has two."""


def cell_width(text: str) -> int:
    """The columns of a line without control characters."""
    return len(text) if text.isascii() else sum(_widths(text))


def cut_to_width(text: str, width: int) -> str:
    """As much of the text's beginning as fits."""
    if text.isascii():
        return text[:width]
    return text[: sum(1 for _ in takewhile(lambda end: end <= width, accumulate(_widths(text))))]


def _widths(text: str) -> list[int]:
    widths: list[int] = []
    for character in text:
        if character == _EMOJI_STYLE and widths:
            widths.append(int(widths[-1] == 1))
        elif category(character) in ("Mn", "Me", "Cf"):
            widths.append(0)
        else:
            widths.append(2 if east_asian_width(character) in "WF" else 1)
    return widths
