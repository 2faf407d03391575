"""Blanks that are no spaces, and signs that nobody sees, where YAML looks for spaces and keys."""

from __future__ import annotations

import re
import unicodedata

from promptops.model.finding import Span
from promptops.source.yaml.broken_file import BrokenFile, YamlMistake

_UNSEEN = "\u00ad\u200b-\u200f\u2060-\u2064\ufeff"
_BLANKS = "\u00a0\u2000-\u200a\u202f\u205f\u3000"
_STRUCTURE = re.compile(
    rf"[\s{_UNSEEN}]*(?:-[\s{_UNSEEN}]*)*(?:[\w{_UNSEEN}-]+[\s{_UNSEEN}]*(?::[{_BLANKS}{_UNSEEN}]*)?)?"
)
"""A line's beginning: what stands left of its key, the key, and what touches its colon."""
_ODD = re.compile(rf"[{_BLANKS}]+|[{_UNSEEN}]+")


def tab(broken: BrokenFile) -> YamlMistake | None:
    """A line is moved to the right with the tab key."""
    blank = broken.row[: len(broken.row) - len(broken.row.lstrip())]
    if "\t" not in blank:
        return None
    hint = "delete the tab and type spaces, two for each level"
    return YamlMistake("this line is indented with a tab", Span.at(broken.line, 1, len(blank)), hint)


def odd_character(broken: BrokenFile) -> YamlMistake | None:
    """A no-break space or an invisible sign where a space or a key is expected."""
    for line in broken.near:
        structure = _STRUCTURE.match(broken.at(line))
        found = _ODD.search(structure[0]) if structure else None
        if found is None:
            continue
        span = Span.at(line, found.start() + 1, len(found[0]))
        if re.match(f"[{_BLANKS}]", found[0]):
            message = f"a {_name(found[0])} stands here, which YAML does not take for a space"
            hint = "delete it and type an ordinary space; it often comes with copied text"
            return YamlMistake(message, span, hint)
        message = f"an invisible character ({_name(found[0])}) stands here, so this is not the word that you see"
        hint = "delete it, or delete the word and type it again; it often comes with copied text"
        return YamlMistake(message, span, hint)
    return None


def replacement(characters: str) -> str | None:
    """What to write for characters that are all odd; None where they are not."""
    if re.fullmatch(f"[{_BLANKS}]+", characters):
        return " " * len(characters)
    return "" if re.fullmatch(f"[{_UNSEEN}]+", characters) else None


def _name(characters: str) -> str:
    if characters[0] == "\ufeff":
        return "byte order mark"
    if characters[0] == "\u00a0":
        return "no-break space"
    return unicodedata.name(characters[0], "of no name").lower().replace("zero width", "zero-width")
