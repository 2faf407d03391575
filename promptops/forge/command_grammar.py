"""The words of a line as a command: `label CASE CRITERION pass|fail …`, `accept CRITERION …`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from promptops.forge.quoted_words import Token
from promptops.model.comments.command import (
    ACCEPT,
    LABEL,
    LONGEST_NAME,
    LONGEST_WHY,
    AcceptCommand,
    CommentCommand,
    InvalidCommand,
    LabelCommand,
)
from promptops.model.results import Side

_SIDES: dict[str, Side] = {"base": "base", "before": "base", "head": "head", "after": "head"}


class _Ending(NamedTuple):
    """What follows the verdict: the reason, and which reply of which suite is meant."""

    why: str = ""
    suite: str = ""
    side: Side = "head"
    trial: int | None = None
    model: str = ""


def read_words(line: str, words: Sequence[Token] | None) -> CommentCommand:
    """The command that the line's words are, `/promptops` first; None are those of a quotation that never ends."""
    if words is None:
        return InvalidCommand(line, "a quotation mark is never closed")
    verb = words[1].text.lower() if len(words) > 1 and not words[1].quoted else ""
    if verb not in ("label", "accept"):
        return InvalidCommand(line, f"write {LABEL} or {ACCEPT}")
    return check_lengths((_read_label if verb == "label" else _read_accept)(line, words[2:]))


def label_readings(line: str, words: Sequence[Token]) -> Iterator[LabelCommand]:
    """Every way to part the words behind `label` into a case, a criterion, a verdict and the rest."""
    for place, word in enumerate(words):
        if place >= 2 and word.text.lower() in ("pass", "fail"):
            for cut in range(1, place):
                yield _label(line, words[:cut], words[cut:place], word, words[place + 1 :])


def accept_readings(line: str, words: Sequence[Token]) -> Iterator[AcceptCommand]:
    """Every way to part the words behind `accept` into a criterion and a reason."""
    for cut in range(1, len(words)):
        ending = _read_ending(words[cut:], suite_only=True)
        if ending.why:
            yield AcceptCommand(line, _joined(words[:cut]), ending.why, ending.suite)


def is_verdict(word: Token) -> bool:
    """Whether it says pass or fail."""
    return not word.quoted and word.text.lower() in ("pass", "fail")


def check_lengths(command: CommentCommand) -> CommentCommand:
    """The command, or what is too long in it."""
    if isinstance(command, InvalidCommand):
        return command
    names = [command.criterion, command.suite]
    names += [command.case, command.model] if isinstance(command, LabelCommand) else []
    if any(len(name) > LONGEST_NAME for name in names):
        return InvalidCommand(command.line, f"a name is longer than {LONGEST_NAME} characters")
    if len(command.why) > LONGEST_WHY:
        return InvalidCommand(command.line, f"the reason is longer than {LONGEST_WHY} characters")
    return command


def _read_label(line: str, words: Sequence[Token]) -> CommentCommand:
    place = next((at for at, word in enumerate(words) if at >= 2 and is_verdict(word)), None)
    if place is None:
        if len(words) >= 2 and any(is_verdict(word) for word in words[:2]):
            return InvalidCommand(line, f"the case or the criterion is missing: {LABEL}")
        return InvalidCommand(line, f"after the case and the criterion say pass or fail: {LABEL}")
    return _label(line, words[:1], words[1:place], words[place], words[place + 1 :])


def _label(
    line: str, case: Sequence[Token], criterion: Sequence[Token], verdict: Token, ending: Sequence[Token]
) -> LabelCommand:
    said: Literal["pass", "fail"] = "pass" if verdict.text.lower() == "pass" else "fail"
    return LabelCommand(line, _joined(case), _joined(criterion), said, *_read_ending(ending))


def _read_accept(line: str, words: Sequence[Token]) -> CommentCommand:
    # The criterion is quoted, or all that lies before the quoted reason.
    place = 1 if words and words[0].quoted else next((at for at, word in enumerate(words) if word.quoted), len(words))
    ending = _read_ending(words[place:], suite_only=True)
    criterion = _joined(words[:place])
    if not criterion:
        return InvalidCommand(line, f"say which criterion: {ACCEPT}")
    if not ending.why:
        return InvalidCommand(line, f"say why you accept it, in quotation marks: {ACCEPT}")
    return AcceptCommand(line, criterion, ending.why, ending.suite)


def _read_ending(words: Sequence[Token], *, suite_only: bool = False) -> _Ending:
    """The quoted reason, and around it `in SUITE`, `base`, `trial N` and `model NAME`; else all of it is the reason."""
    found, seen, rest = _Ending(), set[str](), list(words)
    while rest:
        word = rest.pop(0)
        said = word.text.lower().rstrip(".,;")
        key = "why" if word.quoted else _key(said, rest, suite_only=suite_only)
        if not key or key in seen:
            return _Ending(_joined(words))
        seen.add(key)
        if key == "why":
            found = found._replace(why=word.text)
        elif key == "side":
            found = found._replace(side=_SIDES[said])
        elif key == "trial":
            found = found._replace(trial=int(rest.pop(0).text.rstrip(".,;")))
        elif key == "model":
            found = found._replace(model=rest.pop(0).text)
        else:
            found = found._replace(suite=rest.pop(0).text)
    return found


def _key(word: str, rest: Sequence[Token], *, suite_only: bool) -> str:
    """Which part of an ending the word begins; empty for none."""
    if word == "in" and rest:
        return "suite"
    if suite_only:
        return ""
    if word in _SIDES:
        return "side"
    if word == "trial" and rest and re.fullmatch(r"[0-9]{1,4}[.,;]*", rest[0].text):
        return "trial"
    return "model" if word == "model" and rest else ""


def _joined(words: Sequence[Token]) -> str:
    return " ".join(word.text for word in words)
