"""`/promptops …` lines in a comment: what people ask for from a pull request. Every word is hostile.

    /promptops label CASE CRITERION pass|fail "why" [in SUITE]
    /promptops accept CRITERION "why" [in SUITE]

One a line, at the line's very start; what stands in code, a quotation, a list, HTML or math is text and no command.
Names with spaces may be quoted; a criterion is also whatever lies between the case and the verdict.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from promptops.forge.plain_lines import plain_lines
from promptops.forge.quoted_words import Token, split_words

MOST_COMMANDS = 20
LONGEST_LINE = 2_000
LONGEST_NAME = 300
LONGEST_WHY = 500
_LONGEST_COMMENT = 70_000
LABEL = '/promptops label CASE CRITERION pass|fail "why"'
ACCEPT = '/promptops accept CRITERION "why"'

_COMMAND = re.compile(r"/promptops(?![^\s])", re.IGNORECASE)


class LabelCommand(NamedTuple):
    """Somebody's judgement of the reply to a case. `suite` is empty when none is named."""

    line: str
    case: str
    criterion: str
    verdict: Literal["pass", "fail"]
    why: str = ""
    suite: str = ""


class AcceptCommand(NamedTuple):
    """Somebody takes responsibility for a criterion's gates. `suite` is empty when none is named."""

    line: str
    criterion: str
    why: str
    suite: str = ""


class InvalidCommand(NamedTuple):
    """A line that means to be a command, and what is wrong with it."""

    line: str
    problem: str


CommentCommand = LabelCommand | AcceptCommand | InvalidCommand


class CommentCommands(NamedTuple):
    """What a comment asks for, in its order; `more` lines were not read, because nobody writes so many."""

    found: tuple[CommentCommand, ...] = ()
    more: int = 0


def parse_commands(body: str) -> CommentCommands:
    """All commands of a comment. Never raises."""
    lines = plain_lines(body[:_LONGEST_COMMENT], _COMMAND)
    return CommentCommands(
        tuple(_parse_line(line) for line in lines[:MOST_COMMANDS]), max(0, len(lines) - MOST_COMMANDS)
    )


def _parse_line(line: str) -> CommentCommand:
    if len(line) > LONGEST_LINE:
        return InvalidCommand(line[:80] + "…", f"the line is longer than {LONGEST_LINE:,} characters")
    words = split_words(line)
    if words is None:
        return InvalidCommand(line, "a quotation mark is never closed")
    verb = words[1].text.lower() if len(words) > 1 and not words[1].quoted else ""
    if verb not in ("label", "accept"):
        return InvalidCommand(line, f"write {LABEL} or {ACCEPT}")
    return _check_lengths((_parse_label if verb == "label" else _parse_accept)(line, words[2:]))


def _parse_label(line: str, words: list[Token]) -> CommentCommand:
    place = next((at for at, word in enumerate(words) if at >= 2 and _is_verdict(word)), None)
    if place is None:
        if len(words) >= 2 and any(_is_verdict(word) for word in words[:2]):
            return InvalidCommand(line, f"the case or the criterion is missing: {LABEL}")
        return InvalidCommand(line, f"after the case and the criterion say pass or fail: {LABEL}")
    suite, why = _parse_ending(words[place + 1 :])
    criterion = " ".join(word.text for word in words[1:place])
    verdict: Literal["pass", "fail"] = "pass" if words[place].text.lower() == "pass" else "fail"
    return LabelCommand(line, words[0].text, criterion, verdict, why, suite)


def _parse_accept(line: str, words: list[Token]) -> CommentCommand:
    # The criterion is quoted, or all that lies before the quoted reason.
    place = 1 if words and words[0].quoted else next((at for at, word in enumerate(words) if word.quoted), len(words))
    suite, why = _parse_ending(words[place:])
    criterion = " ".join(word.text for word in words[:place])
    if not criterion:
        return InvalidCommand(line, f"say which criterion: {ACCEPT}")
    if not why:
        return InvalidCommand(line, f"say why you accept it, in quotation marks: {ACCEPT}")
    return AcceptCommand(line, criterion, why, suite)


def _parse_ending(words: list[Token]) -> tuple[str, str]:
    """The suite of `in SUITE`, which stands before or after a quoted reason, and the reason."""
    for at in (0, len(words) - 2):
        rest = words[:at] + words[at + 2 :]
        named = at >= 0 and len(words) >= at + 2 and words[at] == Token("in")
        if named and (not rest or (len(rest) == 1 and rest[0].quoted)):
            return words[at + 1].text, rest[0].text if rest else ""
    return "", " ".join(word.text for word in words)


def _is_verdict(word: Token) -> bool:
    return not word.quoted and word.text.lower() in ("pass", "fail")


def _check_lengths(command: CommentCommand) -> CommentCommand:
    if isinstance(command, InvalidCommand):
        return command
    names = [command.criterion, command.suite, *([command.case] if isinstance(command, LabelCommand) else [])]
    if any(len(name) > LONGEST_NAME for name in names):
        return InvalidCommand(command.line, f"a name is longer than {LONGEST_NAME} characters")
    if len(command.why) > LONGEST_WHY:
        return InvalidCommand(command.line, f"the reason is longer than {LONGEST_WHY} characters")
    return command
