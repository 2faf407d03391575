"""Spaces, tabs and empty lines of a diff made visible where they matter: in what was taken out or put in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from promptops.text.sanitize import visible

SPACE, TAB, FIXED, EMPTY = "␣", "⇥", "⍽", "¶"
_WORDS = {SPACE: "a space", TAB: "a tab", FIXED: "a space that does not break", EMPTY: "an empty line"}
_FIXED = str.maketrans({"\t": TAB, "\xa0": FIXED, "\u202f": FIXED, "\u2007": FIXED})


def mark_whitespace(diff: Sequence[str]) -> list[str]:
    """The diff's lines fit for people; nothing that is not seen stays so in a changed line.

    Marked are tabs, spaces at a line's end, several in a row, and, where nothing else differs, those at its beginning.
    """
    lines: list[str] = []
    for is_change, block in groupby(diff, lambda line: line[:1] in "+-"):
        block_lines = list(block)
        if is_change:
            bare = differs_in_whitespace_only(block_lines)
            lines += [_line(line, indent=bare) for line in block_lines]
        else:
            lines += [visible(line) for line in block_lines]
    return lines


def differs_in_whitespace_only(diff: Sequence[str]) -> bool:
    """Whether what was taken out and what was put in differ in white space alone."""
    sides = ["".join(part for line in diff if line[:1] == sign for part in line[1:].split()) for sign in "-+"]
    return sides[0] == sides[1]


def whitespace_legend(lines: Sequence[str]) -> str:
    """What the marks in these lines mean; empty when there are none."""
    text = "\n".join(line for line in lines if line[:1] in "+-")
    return ", ".join(f"{mark} is {what}" for mark, what in _WORDS.items() if mark in text)


def _line(line: str, *, indent: bool) -> str:
    sign, text = line[:1], visible(line[1:])

    def run(found: re.Match[str]) -> str:
        many = len(found[0]) > 1 and found.start() > 0
        return (SPACE if many or found.end() == len(text) or (indent and not found.start()) else " ") * len(found[0])

    return sign + (re.sub(" +", run, text).translate(_FIXED) or EMPTY)
