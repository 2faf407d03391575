"""Lines that came along with what was copied: marks of a conflict, of a code block, a rule made of dashes."""

from __future__ import annotations

import re

from promptops.source.yaml.broken_file import BrokenFile, YamlMistake
from promptops.source.yaml.conflict_markers import CONFLICT, KEEP_ONE, find_conflict

_DASHES = re.compile(r"[ \t]*[-‐-―−](?:[ \t]*[-‐-―−])*[ \t]*")


def conflict(broken: BrokenFile) -> YamlMistake | None:
    """Git left two versions in the file."""
    found = find_conflict("\n".join(broken.rows))
    return YamlMistake(CONFLICT, found, KEEP_ONE, "P008") if found else None


def code_fence(broken: BrokenFile) -> YamlMistake | None:
    """The file was copied from a chat or a page together with the marks around it."""
    for line in broken.near:
        if broken.at(line).startswith(("```", "~~~")):
            message = f"this line marks a piece of code in a chat or on a page ({broken.at(line)[:3]})"
            return YamlMistake(message, broken.content(line), "delete the line, and the same marks at the end")
    return None


def long_rule(broken: BrokenFile) -> YamlMistake | None:
    """A keyboard or Word made one long dash of `--` or `---`."""
    for line in broken.near:
        row = broken.at(line)
        if _DASHES.fullmatch(row) and not row.isascii():
            hint = "delete the line; keyboards and Word make long dashes of `---`"
            return YamlMistake("this line holds nothing but long dashes", broken.content(line), hint)
    return None
