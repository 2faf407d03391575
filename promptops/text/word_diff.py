"""Which words of a long line changed: in colours, they are underlined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

_ON, _OFF = "\x1b[4m", "\x1b[24m"
_MOST_WORDS = 300
"""Longer lines are left as they are: comparing them takes time that grows with the square."""
_ALIKE = 0.4
"""Lines that share less are other lines, and all of them would be underlined."""


def underline_changes(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines taken out and put in, each pair's own words underlined; as given where they do not pair up."""
    if len(old) != len(new):
        return list(old), list(new)
    pairs = [_pair(before, after) for before, after in zip(old, new, strict=True)]
    return [before for before, _ in pairs], [after for _, after in pairs]


def _pair(old: str, new: str) -> tuple[str, str]:
    before, after = (re.findall(r"\s+|\w+|[^\w\s]", line) for line in (old, new))
    if max(len(before), len(after)) > _MOST_WORDS:
        return old, new
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return old, new
    codes = matcher.get_opcodes()
    return (
        "".join(_words(tag, before[a:b]) for tag, a, b, _, _ in codes),
        "".join(_words(tag, after[c:d]) for tag, _, _, c, d in codes),
    )


def _words(tag: str, words: Sequence[str]) -> str:
    text = "".join(words)
    return text if tag == "equal" or not text else f"{_ON}{text}{_OFF}"
