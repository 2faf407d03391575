"""The text of a reply: what the model thought before it is taken out, and whether there is anything to read in it."""

from __future__ import annotations

import re
import unicodedata

_THOUGHT = re.compile(r"[\s\ufeff\u200b]*<think>(.*?)(</think>|\Z)\s*", re.DOTALL | re.IGNORECASE)
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that are blank: Hangul's fillers and the Braille pattern without a dot."""


def split_thinking(text: str) -> tuple[str, str]:
    """(thinking, answer): `<think>…</think>` at the very start is thinking, and so is all of it where no end came.

    Such tags anywhere else are text. Blanks and empty lines between thinking and answer belong to neither.
    """
    thoughts: list[str] = []
    position = 0
    while found := _THOUGHT.match(text, position):
        thoughts.append(found[1].strip())
        position = found.end()
    return "\n\n".join(filter(None, thoughts)), text[position:]


def is_unfinished(text: str) -> bool:
    """Whether the text ends before its thinking does."""
    return bool(_THOUGHT.match(text)) and not split_thinking(text)[1] and not text.rstrip().lower().endswith("</think>")


def is_blank(text: str) -> bool:
    """Whether nobody would see anything: no character but spaces, line ends, invisible ones and marks on nothing."""
    return not any(_is_seen(char) for char in text)


def _is_seen(char: str) -> bool:
    is_shown = char.isprintable() and not char.isspace() and char not in _FILLERS
    return is_shown and (char.isascii() or not unicodedata.category(char).startswith("M"))
