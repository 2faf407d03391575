"""Back to what was pinned before, as the history of the environment's file tells it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple, TypeVar

from promptops.errors import PinError
from promptops.model.environment import Pin
from promptops.model.outcomes.pin_change import PinChange, PinReport, version_named_by
from promptops.pins.approval import pin_command
from promptops.pins.pin_history import PinChanges, pin_history
from promptops.text.sanitize import shell_word
from promptops.text.suggestions import did_you_mean
from promptops.workflows.pin.environment_editor import EnvironmentEditor
from promptops.workflows.workspace import Workspace

State = TypeVar("State")


def roll_back(workspace: Workspace, environment: str, names: Sequence[str] = (), *, dry_run: bool = False) -> PinReport:
    """Pin what was pinned before the present version: of these prompts, or (no names) of the whole file.

    A rollout that is running is ended, and nothing else is done then. What was itself taken back does not count as
    before, so rolling back twice goes back twice. No commit is made. Raises PromptopsError, before anything is written,
    when there is nothing to go back to or when it would not be served.
    """
    editor = EnvironmentEditor(workspace, environment)
    if editor.is_new:
        hint = did_you_mean(environment, editor.known, "promptops pin PROMPT --env NAME makes one")
        raise PinError("there is no such environment", where=str(editor.path), hint=hint)
    steps = _roll_back_prompts(editor, names) if names else _roll_back_file(editor)
    for step in steps:
        if step.after is not None and step.kind != "ended":
            _require_served_alone(editor, step.prompt, step.after)
    report = editor.report(editor.with_evidence(steps))
    return report if dry_run else replace(report, written=editor.write(steps))


def previous_state(past: Iterable[State], now: State, key: Callable[[State], Hashable]) -> State | None:
    """The state before the present one, as `earlier_states`; None where there is none."""
    return next(iter(earlier_states(past, now, key)), None)


def earlier_states(past: Iterable[State], now: State, key: Callable[[State], Hashable]) -> list[State]:
    """The states before the present one, newest first: `past` is oldest first, equal keys are one state.

    A state that comes again takes back all that came between: after A, B, C, B the one before is A, not C. Of equal
    states the last one is given: a pin may have been mended to name a better commit of the same text.
    """
    kept: dict[Hashable, State] = {}
    for state in (*past, now):
        place = key(state)
        if place in kept:
            while next(reversed(kept)) != place:
                kept.popitem()
        kept[place] = state
    return list(kept.values())[-2::-1]


def _roll_back_prompts(editor: EnvironmentEditor, names: Sequence[str]) -> list[PinChange]:
    identifiers = dict.fromkeys(editor.here.prompt_identifier(name) for name in names)
    running = {name: editor.pins[name] for name in identifiers if name in editor.pins and editor.pins[name].rollout}
    were: dict[str, list[Pin]] = {name: [] for name in identifiers if name not in running}
    for changes in _history(editor) if were else ():
        for name in were.keys() & changes.after.keys():
            if (pin := changes.after[name]) is not None:
                were[name].append(pin._replace(rollout=None))
    return [
        _end_rollout(running[name]) if name in running else _roll_back_prompt(editor, name, were[name])
        for name in identifiers
    ]


def _roll_back_prompt(editor: EnvironmentEditor, name: str, were: Sequence[Pin]) -> PinChange:
    """`were`: all that was pinned of it, oldest first."""
    now = editor.pins.get(name)
    if now is None:
        if not were:
            hint = did_you_mean(name, editor.pins, "nothing is pinned")
            raise PinError(f"'{name}' is not pinned here and never was", where=str(editor.path), hint=hint)
        _require_served(editor, name, were[::-1])
        return PinChange(name, "back", None, were[-1], None, version_named_by(were[-1]))
    earlier = earlier_states(were, now, lambda pin: pin.digest)
    if not earlier:
        message = f"'{name}' was never pinned to another version before this one"
        raise _nothing_earlier_error(editor, message, _taken_back_hint(editor, name, were))
    _require_served(editor, name, earlier)
    return PinChange(name, "back", now, earlier[0], version_named_by(now), version_named_by(earlier[0]))


def _require_served(editor: EnvironmentEditor, name: str, earlier: Sequence[Pin]) -> None:
    """PinError where the first of these would not be served; its hint names the next one that would be."""
    refused: PinError | None = None
    for pin in earlier:
        try:
            editor.require_digest(name, version_named_by(pin))
        except PinError as exc:
            refused = refused or exc
            continue
        if refused is not None:
            hint = f"the version that was pinned before that one: {pin_command(pin, editor.environment)}"
            raise PinError(refused.args[0], where=refused.where, hint=hint) from refused
        return
    if refused is not None:
        raise refused


def _taken_back_hint(editor: EnvironmentEditor, name: str, were: Sequence[Pin]) -> str:
    """How to get at a version that came later and was rolled back; empty where there is none."""
    digest = editor.pins[name].digest
    later = next((pin for pin in reversed(were) if pin.digest != digest), None)
    if later is None:
        return ""
    version = shell_word(f"{name}@{later.commit[:12]}")
    command = f"promptops pin {version} --env {shell_word(editor.environment)}"
    return f"a later one was taken back; to pin it again: {command}"


def _roll_back_file(editor: EnvironmentEditor) -> list[PinChange]:
    running = [pin for pin in editor.pins.values() if pin.rollout is not None]
    if running:
        return [_end_rollout(pin) for pin in running]
    history = list(_history(editor))
    present = _EnvironmentState(len(history), sum(map(_pin_number, editor.pins.values())))
    earlier = previous_state(list(_environment_states(history)), present, lambda state: state.pins)
    target = _pins_after(history[: earlier.changes]) if earlier is not None else None
    if target is None:
        raise _nothing_earlier_error(editor, "there is no earlier version of this file to go back to")
    changes = []
    for name in dict.fromkeys([*editor.pins, *target]):
        now, then = editor.pins.get(name), target.get(name)
        if now is None or then is None or now.digest != then.digest:
            old, new = (version_named_by(pin) if pin is not None else None for pin in (now, then))
            changes.append(PinChange(name, "back" if then else "removed", now, then, old, new))
    return changes


def _require_served_alone(editor: EnvironmentEditor, name: str, pin: Pin) -> None:
    """PinError where it would not be served; its hint says how to take this prompt back by itself."""
    try:
        editor.require_digest(name, version_named_by(pin))
    except PinError as exc:
        command = f"promptops rollback {shlex.quote(name)} --env {shlex.quote(editor.environment)}"
        hint = f"take prompts back one by one: for this one `{command}` goes by its own history"
        raise PinError(exc.args[0], where=exc.where, hint=hint) from exc


def _end_rollout(pin: Pin) -> PinChange:
    assert pin.rollout is not None
    return PinChange(
        pin.prompt, "ended", pin, pin._replace(rollout=None), version_named_by(pin.rollout), version_named_by(pin)
    )


class _EnvironmentState(NamedTuple):
    """What an environment pinned after so many changes; `pins` is equal for equal names and digests."""

    changes: int
    pins: int


def _environment_states(history: Iterable[PinChanges]) -> Iterator[_EnvironmentState]:
    """Each state of the environment in which it pinned anything, oldest first."""
    pins = 0
    for number, changes in enumerate(history, 1):
        pins += sum(_pin_number(pin) for pin in changes.after.values() if pin is not None)
        pins -= sum(_pin_number(pin) for pin in changes.before.values() if pin is not None)
        if pins:
            yield _EnvironmentState(number, pins)


def _pin_number(pin: Pin) -> int:
    """A number of 256 bits for a name and a digest: sums of them are equal where the pins are, and nowhere else."""
    return int.from_bytes(sha256(f"{pin.prompt}\0{pin.digest}".encode("utf-8", "surrogatepass")).digest())


def _pins_after(history: Iterable[PinChanges]) -> dict[str, Pin]:
    """What is pinned after these changes, without rollouts."""
    pins: dict[str, Pin | None] = {}
    for changes in history:
        pins.update(changes.after)
    return {name: pin._replace(rollout=None) for name, pin in pins.items() if pin is not None}


def _history(editor: EnvironmentEditor) -> Iterator[PinChanges]:
    """What was changed in the environment, as far back as it goes; nothing before the first commit."""
    head = editor.repository.head()
    if head is not None:
        prefix = editor.repository.prefix(editor.workspace.root)
        yield from pin_history(editor.repository, prefix / editor.path, head)


def _nothing_earlier_error(editor: EnvironmentEditor, message: str, hint: str = "") -> PinError:
    if editor.repository.is_shallow():
        message = f"as far as this clone knows, {message}"
        hint = "this clone lacks the older history: `git fetch --unshallow`"
    command = f"promptops pin NAME@COMMIT --env {shell_word(editor.environment)}"
    hint = hint or f"to serve another version, pin it by its commit: {command}"
    return PinError(message, where=str(editor.path), hint=hint)
