"""`promptops pin NAME… --env ENV --remove`: an environment serves a prompt no longer, once people agree."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from promptops.errors import PinError, PromptopsError
from promptops.model.outcomes.pin_change import PinChange, PinReport, version_named_by
from promptops.text.suggestions import did_you_mean
from promptops.workflows.pin.environment_editor import EnvironmentEditor
from promptops.workflows.workspace import Workspace


def unpin(workspace: Workspace, environment: str, names: Sequence[str], *, dry_run: bool = False) -> PinReport:
    """Take the pins of these prompts (identifiers or paths) out of the environment's file, with their rollouts.

    All of them, or none. No commit is made. Raises PromptopsError, before anything is written, for an environment that
    is not there and for a prompt that is not pinned in it.
    """
    editor = EnvironmentEditor(workspace, environment)
    if editor.is_new:
        hint = did_you_mean(environment, editor.known, "there is none yet, so nothing is pinned")
        raise PinError("there is no such environment", where=str(editor.path), hint=hint)
    steps: list[PinChange] = []
    for name in names:
        step = _step(editor, name)
        if any(one.prompt == step.prompt for one in steps):
            raise PinError("this prompt is named twice", where=step.prompt, hint="name each prompt once")
        steps.append(step)
    report = editor.report(steps)
    return report if dry_run else replace(report, written=editor.write(steps))


def _step(editor: EnvironmentEditor, name: str) -> PinChange:
    """What is pinned may be gone from the prompts' folder long since, so the file's own names come first."""
    identifier = name
    if name not in editor.pins:
        with suppress(PromptopsError):
            identifier = editor.here.prompt_identifier(name)
    pin = editor.pins.get(identifier)
    if pin is None:
        alone, _, version = identifier.rpartition("@")
        hint = did_you_mean(identifier, editor.pins, "nothing is pinned there")
        if version and alone in editor.pins:
            hint = f"name it without a version, whichever is pinned: {alone}"
        raise PinError(f"'{identifier}' is not pinned here", where=str(editor.path), hint=hint)
    rollout = pin.rollout
    notes = (f"the rollout of {rollout.commit[:7]} to {rollout.percent:g}% ends with it",) if rollout else ()
    return PinChange(identifier, "unpinned", pin, None, version_named_by(pin), None, notes=notes)
