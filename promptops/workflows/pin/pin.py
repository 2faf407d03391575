"""A version of a prompt becomes what an environment serves: written into its file, for people to review."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from promptops.errors import PinError, PromptopsError, SourceError
from promptops.model.environment import Pin, Rollout
from promptops.model.outcomes.pin_change import Kind, PinChange, PinnedVersion, PinReport, version_named_by
from promptops.pins.sealing import digests_of, seal_prompt
from promptops.source.file_names import PROMPT_SUFFIXES
from promptops.source.git.writer import GitSettings
from promptops.text.sanitize import shell_word
from promptops.workflows.notes.evaluation_policy import demands_evaluation
from promptops.workflows.pin.environment_editor import EnvironmentEditor
from promptops.workflows.pin.refusal import with_refusal
from promptops.workflows.workspace import Workspace

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


def pin(workspace: Workspace, choice: PinChoice, settings: GitSettings | None = None) -> PinReport:
    """Pin all of them, or none: a failed gate without `force` writes nothing, and the report says which.

    No commit is made. `settings` are git's, for fetching what others noted. Raises PromptopsError, before anything is
    written, for what cannot be pinned.
    """
    reason = _valid_reason(choice.force)
    if choice.percent is not None and not 0 < choice.percent <= _WHOLE:
        raise PinError("the percentage must be above 0 and at most 100", where="--percent")
    editor = EnvironmentEditor(workspace, choice.environment, settings)
    if editor.repository.head() is None:
        hint = "commit the prompts first: only committed versions can be pinned"
        raise SourceError("nothing is committed here yet", where=str(workspace.root), hint=hint)
    steps = [_plan_change(editor, name, revision, choice.percent) for name, revision in choice.wanted]
    for number, step in enumerate(steps):
        if any(one.prompt == step.prompt for one in steps[:number]):
            raise PinError("this prompt is named twice", where=step.prompt, hint="name each prompt once")
    demanded = demands_evaluation(workspace, editor.repository)
    judged = editor.with_evidence(steps)
    changes = [with_refusal(one, forced=reason is not None, demanded=demanded) for one in judged]
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
        hint = "say in one line why it is pinned although a rule failed: it stands in the file for all to read"
        raise PinError(f"a reason is one line of 1 to {_LONGEST_REASON} characters", where="--reason", hint=hint)
    return reason


class _Step(NamedTuple):
    """A prompt that is pinned (`now`), the version asked for, and what to tell. `is_named`: people gave the commit."""

    editor: EnvironmentEditor
    now: Pin
    arm: PinnedVersion
    notes: tuple[str, ...] = ()
    is_named: bool = False

    def change(
        self,
        kind: Kind,
        after: Pin,
        more: Iterable[str] = (),
        *,
        old: PinnedVersion | None = None,
        new: PinnedVersion | None = None,
        moved: str = "",
    ) -> PinChange:
        """`after` in the place of the pin; their versions are compared unless others are given."""
        old, new = old or version_named_by(self.now), new or version_named_by(after)
        return PinChange(self.now.prompt, kind, self.now, after, old, new, notes=(*self.notes, *more), moved=moved)

    def better_commit(self, pinned: Pin | Rollout) -> str:
        """Where the same text is pinned instead, and why; empty where it stays.

        A pin goes to another commit when its own is gone or was never merged (a squash merge gives the text another
        id), and when people name the commit, for whatever reason of theirs.
        """
        old, new = pinned.commit[:7], self.arm.commit[:7]
        if pinned.commit == self.arm.commit:
            return ""
        if self.editor.is_missing(pinned.commit):
            return f"{new} ({old} is not in this repository)"
        main, name = self.editor.main, self.now.prompt
        was = self.editor.approval(name, version_named_by(pinned))
        if main is not None and not was.holds and self.editor.approval(name, self.arm).holds:
            why = f"part of {main.name}" if not was.is_merged else f"a text that {main.name} itself had"
            return f"{new}, which is {why} ({old} is not)"
        return f"{new} instead of {old}" if self.is_named else ""


def _plan_change(editor: EnvironmentEditor, name: str, revision: str | None, percent: float | None) -> PinChange:
    """What becomes of one prompt's pin."""
    if revision is None and percent is not None:
        known = editor.pins.get(editor.here.prompt_identifier(name))
        if known is not None and known.rollout is not None:
            return _change_running_rollout(editor, known, known.rollout, percent)
    commit = editor.repository.resolve("HEAD" if revision is None else revision)
    name = editor.identifier_at(name, commit)
    asked = editor.version_at(name, commit)
    arm, told = _approved_version(editor, name, asked)
    editor.require_fillable(name, asked)
    notes, now = (*told, *_edited_note(editor, name, asked)), editor.pins.get(name)
    if now is None:
        if percent is not None:
            command = f"promptops pin {shell_word(name)} --env {shell_word(editor.environment)}"
            hint = f"pin a first version for all calls: {command}"
            message = f"'{name}' is not pinned yet, so there is nothing to roll out beside"
            raise PinError(message, where=str(editor.path), hint=hint)
        return PinChange(name, "first", None, Pin(name, *arm), None, arm, notes=notes)
    step = _Step(editor, now, arm, notes, is_named=revision is not None and arm == asked)
    if percent is not None and percent < _WHOLE:
        return _rollout(step, percent)
    if now.digest != arm.digest:
        kind: Kind = "whole" if now.rollout and now.rollout.digest == arm.digest else "pinned"
        return step.change(kind, Pin(name, *arm), _rollout_end_note(now, kind))
    kept = _keep_text(step)
    if now.rollout is None or kept.after is None:
        return kept
    told = (f"it is now pinned at {kept.moved}",) if kept.moved else ()
    return step.change("ended", kept.after._replace(rollout=None), told, old=version_named_by(now.rollout))


def _approved_version(
    editor: EnvironmentEditor, name: str, asked: PinnedVersion
) -> tuple[PinnedVersion, tuple[str, ...]]:
    """The version that was asked for, at the commit where the default branch has the same text if its own is no part
    of the branch (as after a squash merge), with a word on that.

    PinError for a text that was merged over: the hint names the commit to pin.
    """
    editor.require_shown(name, asked)
    found = editor.approval(name, asked)
    if editor.main is None or found.is_merged or found.own is None or found.own.prompt != name:
        return asked, ()
    main, new, old = editor.main.name, found.own.commit, asked.commit[:7]
    return asked._replace(commit=new), (f"{old} is not part of {main}, which has the same text at {new[:7]}",)


def _keep_text(step: _Step) -> PinChange:
    """The text that is pinned already, at the commit it has or at a better one."""
    if moved := step.better_commit(step.now):
        return step.change("moved", step.now._replace(commit=step.arm.commit), moved=moved)
    return step.change("same", step.now)


def _rollout(step: _Step, percent: float) -> PinChange:
    """The version beside the pin."""
    now, arm = step.now, step.arm
    if now.digest == arm.digest:
        return _keep_text(step)
    if now.rollout is not None and now.rollout.digest == arm.digest:
        return _change_percent(step, now.rollout, percent)
    after = now._replace(rollout=Rollout(*arm, percent))
    return step.change("rollout", after, _rollout_end_note(now, "rollout"), new=arm)


def _change_running_rollout(editor: EnvironmentEditor, now: Pin, rollout: Rollout, percent: float) -> PinChange:
    """The rollout that is running, when nobody names a version: newer ones are not meant, but told."""
    step, head = _Step(editor, now, version_named_by(rollout)), editor.repository.resolve("HEAD")
    try:
        newest = editor.version_at(now.prompt, head)
    except PromptopsError:  # at HEAD it is broken or gone; the rollout itself may be sound
        return _change_percent(step, rollout, percent)
    if newest.digest == rollout.digest:
        return _change_percent(step._replace(arm=newest), rollout, percent)
    notes = tuple(_newer_version_note(step, newest, percent))
    return _change_percent(step._replace(notes=notes), rollout, percent)


def _newer_version_note(step: _Step, newest: PinnedVersion, percent: float) -> Iterator[str]:
    editor, now = step.editor, step.now
    with suppress(SourceError):  # a commit that is not here is told where it is held
        if newest.digest == now.digest or not editor.repository.unreachable([newest.commit], step.arm.commit):
            return
        version, environment = shell_word(f"{now.prompt}@HEAD"), shell_word(editor.environment)
        command = f"promptops pin {version} --env {environment} --percent {percent:g}"
        yield (
            f"{now.prompt} was changed since{editor.last_change(now.prompt, newest.commit)}; that is not part of this "
            f"rollout. To roll it out instead: {command}"
        )


def _change_percent(step: _Step, was: Rollout, percent: float) -> PinChange:
    """Another percent for the rollout that is running, at its commit or at a better one; 100 makes it the pin."""
    name, moved = step.now.prompt, step.better_commit(was)
    rollout = was._replace(percent=percent, commit=step.arm.commit if moved else was.commit)
    new = version_named_by(rollout)
    step.editor.require_digest(name, new)
    after = step.now._replace(rollout=rollout)
    if percent == was.percent != _WHOLE:
        if moved:
            return step.change("moved", after, old=version_named_by(was), new=new, moved=moved)
        return step.change("same", step.now, new=new)
    told = [f"it is now pinned at {moved}"] if moved else []
    if percent == _WHOLE:
        return step.change("whole", Pin(name, *new), told)
    return step.change("share", after, told, new=new)


def _rollout_end_note(now: Pin, kind: Kind) -> Iterator[str]:
    if now.rollout is not None and kind != "whole":
        yield f"the rollout of {now.rollout.commit[:7]} to {now.rollout.percent:g}% ends with it"


def _edited_note(editor: EnvironmentEditor, name: str, arm: PinnedVersion) -> tuple[str, ...]:
    """What people should know who pin a version that they have edited since."""
    if arm.commit != editor.repository.head():
        return ()
    with suppress(PromptopsError):
        if arm.digest in digests_of(seal_prompt(editor.here, name)):
            return ()
    return ("you edited it since; what is not committed is not pinned: commit it and pin again if it is meant",)


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
