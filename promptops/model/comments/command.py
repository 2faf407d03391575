"""What people may ask for in a comment, and the one line that says it so that nobody can read it in two ways."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from promptops.model.results import Side

LONGEST_NAME = 300
LONGEST_WHY = 500
LABEL = '/promptops label CASE CRITERION pass|fail "why"'
ACCEPT = '/promptops accept CRITERION "why"'
_NAME = re.compile(r"(?!(?:pass|fail)\Z)[\w.:/#@+-]+", re.IGNORECASE)
"""What is one word, and no other one, without quotation marks."""


class LabelCommand(NamedTuple):
    """Somebody's judgement of the reply to a case. `suite` and `model` are empty, `trial` None where none is named.

    `side` is the version whose reply is judged, `trial` counts from 1. `others` are further readings of the same line.
    """

    line: str
    case: str
    criterion: str
    verdict: Literal["pass", "fail"]
    why: str = ""
    suite: str = ""
    side: Side = "head"
    trial: int | None = None
    model: str = ""
    others: tuple[LabelCommand, ...] = ()


class AcceptCommand(NamedTuple):
    """Somebody takes responsibility for a criterion's gates. `suite` is empty when none is named; `others` as above."""

    line: str
    criterion: str
    why: str
    suite: str = ""
    others: tuple[AcceptCommand, ...] = ()


class InvalidCommand(NamedTuple):
    """A line that means to be a command, and what is wrong with it; `meant` are guesses, the best one first."""

    line: str
    problem: str
    meant: tuple[LabelCommand | AcceptCommand, ...] = ()


CommentCommand = LabelCommand | AcceptCommand | InvalidCommand


def command_line(command: LabelCommand | AcceptCommand) -> str:
    """The command as a line that is read as this very command."""
    if isinstance(command, AcceptCommand):
        words = ["/promptops accept", _quoted(command.criterion), _quoted(command.why)]
        return " ".join([*words, *_suite(command.suite)])
    words = ["/promptops label", _name(command.case), _quoted(command.criterion), command.verdict]
    ending = [
        *([_quoted(command.why)] if command.why else []),
        *_suite(command.suite),
        *([command.side] if command.side == "base" else []),
        *([f"trial {command.trial}"] if command.trial is not None else []),
        *(["model", _name(command.model)] if command.model else []),
    ]
    return " ".join([*words, *ending])


def _suite(name: str) -> list[str]:
    return ["in", _name(name)] if name else []


def _name(text: str) -> str:
    return text if _NAME.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    escaped = re.sub(r'([\\"])', r"\\\1", text)
    return f'"{escaped}"'
