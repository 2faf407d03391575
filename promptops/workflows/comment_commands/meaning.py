"""Which reading of a command fits the results, and which lines would say what is nearly said. No I/O.

The same command about the same results means the same always: what was recorded is compared with it later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from promptops.forge.comment_commands import AcceptCommand, CommentCommand, InvalidCommand, LabelCommand, command_line
from promptops.model.results import Results
from promptops.text.name_matching import likeness, nearest_name
from promptops.workflows.comment_commands.refusal import Refusal, UnknownName
from promptops.workflows.comment_commands.targets import (
    AcceptTarget,
    LabelTarget,
    criteria_names,
    find_target,
    gated_names,
    shown_cases,
)

_MOST_LINES = 3
_MOST_COMPARED = 24
"""Readings of one line: each is compared with a thousand names, and anybody may write twenty lines."""


class CommandMeaning(NamedTuple):
    """The reading that fits, and what it speaks of; `exact` when it says so letter by letter, capitals aside."""

    command: LabelCommand | AcceptCommand
    target: LabelTarget | AcceptTarget
    exact: bool

    @property
    def line(self) -> str:
        """The command with every name as it is called."""
        return _line(self.command, self.target)


def find_meaning(command: LabelCommand | AcceptCommand, runs: Sequence[Results]) -> CommandMeaning:
    """The first reading whose names are all there, else the first whose names are nearly there. Raises Refusal."""
    unknown: UnknownName | None = None
    for loosely in (False, True):
        for reading in (command, *command.others):
            try:
                target = find_target(reading, runs, loosely=loosely)
            except UnknownName as exc:
                unknown = unknown or exc
                continue
            return CommandMeaning(reading, target, exact=reading is command and not loosely)
    assert unknown is not None  # a command is a reading of itself
    raise unknown


def lines_instead(command: CommentCommand, runs: Sequence[Results], refusal: Refusal | None = None) -> tuple[str, ...]:
    """Lines to paste that would be carried out: what is nearly said, or each of the `refusal`'s choices."""
    readings = command.meant if isinstance(command, InvalidCommand) else (command, *command.others)
    if refusal is not None and not isinstance(refusal, UnknownName):
        return _choices(readings, refusal, runs)
    found = [near for reading in readings[:_MOST_COMPARED] if (near := _nearest(reading, runs)) is not None]
    return max(found, key=lambda near: near.likeness).lines if found else ()


def _choices(
    readings: Iterable[LabelCommand | AcceptCommand], refusal: Refusal, runs: Sequence[Results]
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for reading in readings:
        for choice in refusal.choices:
            with suppress(Refusal):
                said = reading._replace(**choice)
                found[_line(said, find_target(said, runs))] = None
        if found:
            break
    return tuple(found)[:_MOST_LINES]


class _Nearest(NamedTuple):
    """Lines that a reading may mean, and how alike its names and theirs are, from 0 to 1."""

    likeness: float
    lines: tuple[str, ...]


def _nearest(reading: LabelCommand | AcceptCommand, runs: Sequence[Results]) -> _Nearest | None:
    """The reading with the names that are most like its own; None where one has none."""
    suite = nearest_name(reading.suite, (run.suite for run in runs)) if reading.suite else ""
    pool = [run for run in runs if not suite or run.suite == suite]
    near: LabelCommand | AcceptCommand
    alike = 1.0
    if isinstance(reading, LabelCommand):
        case = nearest_name(reading.case, shown_cases(pool))
        alike = likeness(reading.case, case)
        pool = [run for run in pool if any(one.id == case for one in run.cases)]
        names = [name for run in pool for name in criteria_names(run)]
        near = reading._replace(case=case, criterion=nearest_name(reading.criterion, names), suite=suite)
    else:
        names = [name for run in pool for name in gated_names(run)]
        near = reading._replace(criterion=nearest_name(reading.criterion, names), suite=suite)
    try:
        lines: tuple[str, ...] = (_line(near, find_target(near, runs)),)
    except Refusal as exc:
        lines = _choices([near], exc, runs)
    return _Nearest(min(alike, likeness(reading.criterion, near.criterion)), lines) if lines else None


def _line(command: LabelCommand | AcceptCommand, target: LabelTarget | AcceptTarget) -> str:
    suite = target.results.suite if command.suite else ""
    if isinstance(command, LabelCommand) and isinstance(target, LabelTarget):
        return command_line(command._replace(case=target.case, criterion=target.criterion, suite=suite))
    return command_line(command._replace(criterion=target.criterion, suite=suite))
