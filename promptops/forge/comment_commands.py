"""`/promptops …` lines in a comment: what people ask for from a pull request. Every word is hostile.

    /promptops label CASE CRITERION pass|fail "why" [in SUITE] [base] [trial N] [model NAME]
    /promptops accept CRITERION "why" [in SUITE]

One a line, with nothing but blanks before it; what stands in code, a quotation, a list, HTML or math is text and no
command. Names with spaces may be quoted; a criterion is also whatever lies between the case and the verdict.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from promptops.forge.command_readings import read_line
from promptops.forge.plain_lines import plain_lines
from promptops.model.comments.command import (
    ACCEPT,
    LABEL,
    LONGEST_NAME,
    LONGEST_WHY,
    AcceptCommand,
    CommentCommand,
    InvalidCommand,
    LabelCommand,
    command_line,
)

__all__ = [
    "ACCEPT",
    "LABEL",
    "LONGEST_NAME",
    "LONGEST_WHY",
    "AcceptCommand",
    "CommentCommand",
    "CommentCommands",
    "InvalidCommand",
    "LabelCommand",
    "command_line",
    "parse_commands",
]

MOST_COMMANDS = 20
LONGEST_LINE = 2_000
_LONGEST_COMMENT = 70_000
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\ufe0f"
_COMMAND = re.compile(rf"[\s{_UNSEEN}]*[/\uff0f]promptops[:,;.]?(?![^\s{_UNSEEN}])", re.IGNORECASE)


class CommentCommands(NamedTuple):
    """What a comment asks for, in its order; `more` lines were not read, because nobody writes so many."""

    found: tuple[CommentCommand, ...] = ()
    more: int = 0


def parse_commands(body: str) -> CommentCommands:
    """All commands of a comment. Never raises."""
    lines = [line.strip(f"{_UNSEEN} \t\xa0\u3000") for line in plain_lines(body[:_LONGEST_COMMENT], _COMMAND)]
    return CommentCommands(
        tuple(_parse_line(line) for line in lines[:MOST_COMMANDS]), max(0, len(lines) - MOST_COMMANDS)
    )


def _parse_line(line: str) -> CommentCommand:
    if len(line) > LONGEST_LINE:
        return InvalidCommand(line[:80] + "…", f"the line is longer than {LONGEST_LINE:,} characters")
    return read_line(line)
