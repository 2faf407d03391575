"""A version of a prompt becomes what an environment serves: written into its file, for people to review."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from promptops.errors import PinError, PromptopsError, SourceError
from promptops.model.outcomes.pin_change import Kind, PinChange, PinnedVersion, PinReport, version_named_by
from promptops.model.pin import Pin, Rollout
from promptops.pins.sealing import seal_prompt
from promptops.source.file_names import PROMPT_SUFFIXES
from promptops.workflows.pin.environment_editor import EnvironmentEditor
from promptops.workflows.project import Workspace

_LONGEST_REASON = 200
_WHOLE = 100.0


@dataclass(frozen=True, slots=True)
class PinChoice:
    """What to pin: (identifier or path, revision or None) pairs.

    `percent` (above 0, up to 100) makes it a rollout; with a `force` reason failed gates do not keep it back.
    """

    wanted: tuple[tuple[str, str | None], ...]
    environment: str
    percent: float | None = None
    force: str | None = None
    dry_run: bool = False


def pin(workspace: Workspace, choice: PinChoice) -> PinReport:
    """Pin all of them, or none: a failed gate without `force` writes nothing, and the report says which.

    No commit is made. Raises PromptopsError, before anything is written, for what cannot be pinned.
    """
    reason = _valid_reason(choice.force)
    if choice.percent is not None and not 0 < choice.percent <= _WHOLE:
        raise PinError("the percentage must be above 0 and at most 100", where="--percent")
    editor = EnvironmentEditor(workspace, choice.environment)
    if editor.repository.head() is None:
        hint = "commit the prompts first: only committed versions can be pinned"
        raise SourceError("nothing is committed here yet", where=str(workspace.root), hint=hint)
    steps = [_plan_change(editor, name, revision, choice.percent) for name, revision in choice.wanted]
    for number, step in enumerate(steps):
        if any(one.prompt == step.prompt for one in steps[:number]):
            raise PinError("this prompt is named twice", where=step.prompt, hint="name each prompt once")
    changes = [_with_failed_gates(one, forced=reason is not None) for one in editor.with_evidence(steps)]
    report = editor.report(changes)
    if choice.dry_run or report.refused:
        return report
    comments = {one.prompt: f"forced: {reason}" for one in changes if one.forced}
    return replace(report, written=editor.write(changes, comments), reason=reason or "")


def _valid_reason(force: str | None) -> str | None:
    if force is None:
        return None
    reason = force.strip()
    if not reason or not reason.isprintable() or len(reason) > _LONGEST_REASON:
        hint = "say in one line why it is pinned although a gate failed: it stands in the file for all to read"
        raise PinError(f"a reason is one line of 1 to {_LONGEST_REASON} characters", where="--reason", hint=hint)
    return reason


def _plan_change(editor: EnvironmentEditor, name: str, revision: str | None, percent: float | None) -> PinChange:
    """What becomes of one prompt's pin."""
    if revision is None and percent is not None:
        known = editor.pins.get(editor.here.prompt_identifier(name))
        if known is not None and known.rollout is not None:
            return _change_running_rollout(editor, known, known.rollout, percent)
    commit = editor.repository.resolve("HEAD" if revision is None else revision)
    name = editor.identifier_at(name, commit)
    arm = editor.version_at(name, commit)
    notes, is_named = _edited_note(editor, name, arm), revision is not None
    now = editor.pins.get(name)
    if now is None:
        if percent is not None:
            where = str(editor.path)
            hint = f"pin a first version for all calls: promptops pin {name} --env {editor.environment}"
            raise PinError(
                f"'{name}' is not pinned yet, so there is nothing to roll out beside", where=where, hint=hint
            )
        return PinChange(name, "first", None, Pin(name, *arm), None, arm, notes=notes)
    if percent is not None and percent < _WHOLE:
        return _rollout(editor, now, arm, percent, notes, is_named=is_named)
    if now.digest != arm.digest:
        kind: Kind = "whole" if now.rollout and now.rollout.digest == arm.digest else "pinned"
        return PinChange(
            name, kind, now, Pin(name, *arm), version_named_by(now), arm, notes=(*notes, *_rollout_end_note(now, kind))
        )
    kept = _keep_text(editor, now, arm, notes, is_named=is_named)
    if now.rollout is None or kept.after is None:
        return kept
    after = kept.after._replace(rollout=None)
    told = (f"it is now pinned at {kept.moved}",) if kept.moved else ()
    return PinChange(
        name, "ended", now, after, version_named_by(now.rollout), version_named_by(after), notes=(*notes, *told)
    )


def _keep_text(
    editor: EnvironmentEditor, now: Pin, arm: PinnedVersion, notes: tuple[str, ...], *, is_named: bool
) -> PinChange:
    """The text that is pinned already, at the commit it has or at a better one."""
    moved = _better_commit(editor, now, arm, is_named=is_named)
    after = now._replace(commit=arm.commit) if moved else now
    kind: Kind = "moved" if moved else "same"
    return PinChange(
        now.prompt, kind, now, after, version_named_by(now), version_named_by(after), notes=notes, moved=moved
    )


def _better_commit(editor: EnvironmentEditor, now: Pin | Rollout, arm: PinnedVersion, *, is_named: bool) -> str:
    """Where the same text is pinned instead, and why; empty where it stays.

    A pin goes to another commit when its own is gone or was never merged (a squash merge gives the text another id),
    and when people name the commit, for whatever reason of theirs.
    """
    old, new = now.commit[:7], arm.commit[:7]
    if now.commit == arm.commit:
        return ""
    if editor.is_missing(now.commit):
        return f"{new} ({old} is not in this repository)"
    branch = editor.unmerged_branch(now.commit)
    if branch is not None and editor.unmerged_branch(arm.commit) is None:
        return f"{new}, which is part of {branch} ({old} is not)"
    return f"{new} instead of {old}" if is_named else ""


def _rollout(
    editor: EnvironmentEditor, now: Pin, arm: PinnedVersion, percent: float, notes: tuple[str, ...], *, is_named: bool
) -> PinChange:
    """The version beside the pin."""
    if now.digest == arm.digest:
        return _keep_text(editor, now, arm, notes, is_named=is_named)
    if now.rollout is not None and now.rollout.digest == arm.digest:
        return _change_percent(editor, now, now.rollout, percent, notes, arm, is_named=is_named)
    after = now._replace(rollout=Rollout(*arm, percent))
    return PinChange(
        now.prompt,
        "rollout",
        now,
        after,
        version_named_by(now),
        arm,
        notes=(*notes, *_rollout_end_note(now, "rollout")),
    )


def _change_running_rollout(editor: EnvironmentEditor, now: Pin, rollout: Rollout, percent: float) -> PinChange:
    """The rollout that is running, when nobody names a version: newer ones are not meant, but told."""
    head = editor.repository.resolve("HEAD")
    try:
        newest = editor.version_at(now.prompt, head)
    except PromptopsError:  # at HEAD it is broken or gone; the rollout itself may be sound
        return _change_percent(editor, now, rollout, percent)
    if newest.digest == rollout.digest:
        return _change_percent(editor, now, rollout, percent, better=newest)
    return _change_percent(
        editor, now, rollout, percent, tuple(_newer_version_note(editor, now, rollout, newest, percent))
    )


def _newer_version_note(
    editor: EnvironmentEditor, now: Pin, rollout: Rollout, newest: PinnedVersion, percent: float
) -> Iterator[str]:
    with suppress(SourceError):  # a commit that is not here is told where it is held
        if newest.digest == now.digest or not editor.repository.unreachable([newest.commit], rollout.commit):
            return
        command = f"promptops pin {now.prompt}@HEAD --env {editor.environment} --percent {percent:g}"
        yield (
            f"{now.prompt} was changed since{editor.last_change(now.prompt, newest.commit)}; that is not part of this "
            f"rollout. To roll it out instead: {command}"
        )


def _change_percent(
    editor: EnvironmentEditor,
    now: Pin,
    rollout: Rollout,
    percent: float,
    notes: tuple[str, ...] = (),
    better: PinnedVersion | None = None,
    *,
    is_named: bool = False,
) -> PinChange:
    """Another percent for the rollout that is running; 100 makes it the pin.

    `better`: the same text, at a commit that may be the better one.
    """
    was = version_named_by(rollout)
    moved = _better_commit(editor, rollout, better, is_named=is_named) if better is not None else ""
    if moved and better is not None:
        rollout = rollout._replace(commit=better.commit)
    old, new = version_named_by(now), version_named_by(rollout)
    editor.require_digest(now.prompt, new)
    after = now._replace(rollout=rollout._replace(percent=percent))
    if now.rollout is not None and percent == now.rollout.percent != _WHOLE:
        if moved:
            return PinChange(now.prompt, "moved", now, after, was, new, notes=notes, moved=moved)
        return PinChange(now.prompt, "same", now, now, old, new, notes=notes)
    told = (*notes, f"it is now pinned at {moved}") if moved else notes
    if percent == _WHOLE:
        return PinChange(now.prompt, "whole", now, Pin(now.prompt, *new), old, new, notes=told)
    return PinChange(now.prompt, "share", now, after, old, new, notes=told)


def _rollout_end_note(now: Pin, kind: Kind) -> Iterator[str]:
    if now.rollout is not None and kind != "whole":
        yield f"the rollout of {now.rollout.commit[:7]} to {now.rollout.percent:g}% ends with it"


def _edited_note(editor: EnvironmentEditor, name: str, arm: PinnedVersion) -> tuple[str, ...]:
    """What people should know who pin a version that they have edited since."""
    if arm.commit != editor.repository.head():
        return ()
    with suppress(PromptopsError):
        if seal_prompt(editor.here, name).digest == arm.digest:
            return ()
    return ("you edited it since; what is not committed is not pinned: commit it and pin again if it is meant",)


def _with_failed_gates(change: PinChange, *, forced: bool) -> PinChange:
    """The change with the gates that speak against it: those of more calls for a version that failed them."""
    if change.before == change.after or change.kind in ("ended", "moved") or _lowers_percent(change):
        return change
    failed = [gate for run in change.evaluations for gate in run.gates if gate.blocks]
    if not failed:
        return change
    named = ", ".join(dict.fromkeys(f"'{gate.criterion}' ({gate.rule})" for gate in failed))
    told = f"the gate {named} was not passed" if len(failed) == 1 else f"these gates were not passed: {named}"
    return replace(change, refused=told, forced=forced)


def _lowers_percent(change: PinChange) -> bool:
    if change.kind != "share" or change.before is None or change.after is None:
        return False
    old, new = change.before.rollout, change.after.rollout
    return old is not None and new is not None and new.percent < old.percent


def parse_prompt_at_revision(text: str) -> tuple[str, str | None]:
    """`NAME@REV` at the last `@`; None where there is no revision. PinError when one of the two is empty."""
    if text.endswith(PROMPT_SUFFIXES) or "@" not in text:
        name, revision = text, None
    else:
        name, _, after = text.rpartition("@")
        revision = after
    if not name or revision == "":
        raise PinError(
            "this names no version", where=text or "NAME", hint="write it like order-note or order-note@main"
        )
    return name, revision
