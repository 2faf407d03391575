"""Tags for texts of strangers: named after a digest of the text, so that no text can know the tag it will stand in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from promptops.model.canonical_json import digest

LENGTH = 16
"""Hexadecimal digits: too many to find a text by trial that holds its own tag."""
_LABEL = re.compile(r"[A-Za-z][\w.-]{0,39}", re.ASCII)


def unforeseen_name(about: object, texts: Sequence[str], length: int = LENGTH) -> str:
    """Hexadecimal digits that stand in none of the texts; the same for the same data (`about`, as JSON)."""
    name = _digits(about, length)
    while any(name in text for text in texts):  # never, but then nobody has to believe it
        name = _digits([name, about], length)
    return name


def fenced(text: str, label: str = "text") -> str:
    """The text between two tags, each on a line of its own; ValueError for a label that is no word."""
    if not _LABEL.fullmatch(label):
        raise ValueError("the label of a fence is one word of letters, digits, - and _, such as fence('letter')")
    tag = f"{label}-{unforeseen_name([label, text], [text])}"
    return f"<{tag}>\n{text}\n</{tag}>"


def _digits(about: object, length: int) -> str:
    return digest(about).removeprefix("sha256:")[:length]
