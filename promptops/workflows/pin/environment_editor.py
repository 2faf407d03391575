"""What `pin` and `rollback` work on: an environment's file in the work tree, and the versions its pins may name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, cached_property
from pathlib import PurePosixPath

from promptops.errors import PinError, PromptopsError, SourceError
from promptops.evals.registry import KINDS
from promptops.model.environment import Pin, served_versions
from promptops.model.outcomes.pin_change import PinChange, PinnedVersion, PinReport
from promptops.pins.approval import Approval, ProtectedBranch, pin_command
from promptops.pins.commit_sealing import CommitSealer
from promptops.pins.environment_edit import new_environment, remove_pin, set_pin
from promptops.pins.sealing import seal_prompt
from promptops.pins.unsealing import unseal
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import make_folder, write_hint
from promptops.source.formats.environments import FOLDER, SUFFIXES, environment_paths, load_environment
from promptops.source.git.log import commit_summaries, last_change
from promptops.source.git.repository import Repository
from promptops.source.git.writer import GitSettings
from promptops.source.project import Project
from promptops.templating.closure import make_closure
from promptops.templating.render import Renderer
from promptops.workflows.notes.fetched_notes import fetch_noted_results
from promptops.workflows.pin.evidence import PinEvidence
from promptops.workflows.schemas import FOLDER as SCHEMAS
from promptops.workflows.versions.prompt_log import PromptLog
from promptops.workflows.versions.rename_trace import name_at_commit
from promptops.workflows.workspace import Workspace

_MAX_VERSIONS = 40
"""So many versions are looked up: each is a walk through the history, and a long report is only skimmed."""
_PromptAtCommit = tuple[str, str]
"""A prompt's identifier and a commit (full id)."""


class EnvironmentEditor:
    """An environment as the work tree has it. `pins` is empty, and `is_new` true, where there is no file yet.

    `settings` are git's, for fetching what others noted. Raises PromptopsError outside git, and for a file that is not
    right: nothing is changed in it then.
    """

    def __init__(self, workspace: Workspace, environment: str, settings: GitSettings | None = None) -> None:
        self.workspace = workspace
        self.environment = environment
        self.repository = Repository(workspace.root)
        self.here = workspace.project()
        self.known = environment_paths(self.here.source)
        self.path = self.known.get(environment) or _new_path(workspace, environment)
        self.is_new = environment not in self.known
        self.pins: Mapping[str, Pin] = {} if self.is_new else load_environment(self.here.source, self.path).pins
        self.log = PromptLog(workspace, self.repository)
        self.at = cache(lambda commit: Project.commit(workspace.root, commit, KINDS, self.repository))
        """The project at a commit (full id)."""
        self._settings = settings
        self._unread_notes = ""
        self._evidence = PinEvidence(workspace, self.repository, self.at, self.here)

    def identifier_at(self, name: str, commit: str) -> str:
        """What pins call a prompt at a commit that was given as an identifier or a path.

        SourceError where it is not there, with what it was called then if that is known.
        """
        project = self.at(commit)
        try:
            return project.identifier_of(project.path_of(name))
        except SourceError as exc:
            head = self.repository.head()
            if head and (then := name_at_commit(self.log, self.here.prompt_identifier(name), head, commit)):
                exc.hint = f"it was called {then} then: {then}@{commit[:7]}"
            raise

    def version_at(self, name: str, commit: str) -> PinnedVersion:
        """The prompt's version at a commit. PromptopsError with the place when it cannot be served from there.

        Where the same text is pinned, it has the digest that it is pinned with, whatever its sealed format.
        """
        pin = self.pins.get(name)
        pinned = [one.digest for one in served_versions([pin])] if pin is not None else []
        digests = self.digests_at(name, commit)
        return PinnedVersion(commit, next((one for one in digests if one in pinned), digests[0]))

    def digests_at(self, name: str, commit: str) -> tuple[str, ...]:
        """Every digest that the prompt may be known by at a commit, first the one of a new pin. PromptopsError."""
        return self._evidence.digests_at(name, commit)

    def require_digest(self, name: str, arm: PinnedVersion) -> None:
        """PinError when the prompt does not have this digest at this commit, or no application would serve it from
        there: then it is not written either."""
        found = self.digests_at(name, arm.commit)
        if arm.digest not in found:
            message = f"what stands at commit {arm.commit[:7]} is not what was pinned"
            raise PinError(
                message, where=name, hint="no application would serve it; pin a version by its commit instead"
            )
        self.require_shown(name, arm)

    def require_fillable(self, name: str, arm: PinnedVersion) -> None:
        """PinError when its templates read well, but no values can fill them: an application would fail each time."""
        try:
            closure, _ = unseal(seal_prompt(self.at(arm.commit), name), name)
            Renderer(closure).compile_all()
        except PromptopsError as exc:
            raise PinError(f"at commit {arm.commit[:7]} it cannot be pinned: {exc}", where=name, hint=exc.hint) from exc

    def is_missing(self, commit: str) -> bool:
        """Whether this repository lacks the commit. A shallow clone lacks many; that says nothing."""
        return bool(self.repository.missing([commit])) and not self.repository.is_shallow()

    @cached_property
    def main(self) -> ProtectedBranch | None:
        """The default branch, as applications demand it; None where there is none, or a shallow clone cannot tell."""
        branch = self.repository.default_branch()
        if branch is None or self.repository.is_shallow():
            return None
        sealer = CommitSealer(self.repository, self.log.prefix)
        return ProtectedBranch(sealer, self.repository.resolve_branch(branch)[0], branch)

    def approval(self, name: str, arm: PinnedVersion) -> Approval:
        """What the default branch says of a version that its commit was found to have; where nobody can tell, it holds.

        SourceError where the history cannot be read.
        """
        pin = Pin(name, *arm)
        return self.main.approval(pin) if self.main is not None else Approval(is_merged=True, own=pin)

    def require_shown(self, name: str, arm: PinnedVersion) -> None:
        """PinError when the commit was merged, but the default branch itself never had this text: no application that
        follows it would serve that, whatever is merged later."""
        found = self.approval(name, arm)
        if self.main is not None and found.is_merged and not found.holds:
            hint = self.main.advice(Pin(name, *arm), found, lambda better: pin_command(better, self.environment))
            raise PinError(f"commit {arm.commit[:7]} {self.main.reason(found)}", where=name, hint=hint)

    def with_evidence(self, changes: Sequence[PinChange]) -> list[PinChange]:
        """The changes with all that helps to judge them: what a model receives before and after, evaluations, notes."""
        self._unread_notes = fetch_noted_results(self.repository, self._settings)
        compared = map(self._evidence.with_difference, changes)
        told = [replace(one, notes=(*one.notes, *self._unmerged_note(one))) for one in compared]
        return self._evidence.with_results(told, self.here.has_suite)

    def _unmerged_note(self, one: PinChange) -> tuple[str, ...]:
        if one.new is None or self.main is None or self.approval(one.prompt, one.new).is_merged:
            return ()
        told = (
            f"{one.new.commit[:7]} is not part of {self.main.name} yet. Merge the prompt first and pin it then: "
            "the check refuses a version that was never there, and after a squash or rebase applications would too."
        )
        return (told,)

    def report(self, changes: Sequence[PinChange]) -> PinReport:
        """The changes, with a word on the commits they name."""
        versions = [(one.prompt, arm.commit) for one in changes for arm in (one.old, one.new) if arm is not None]
        changed = self._last_changes(versions)
        written = [one for one in changes if one.before != one.after]
        return PinReport(
            self.environment,
            self.path,
            tuple(changes),
            is_new=self.is_new,
            commits=commit_summaries(self.repository, [*(commit for _, commit in versions), *changed.values()]),
            changed=changed,
            unmerged=any(one.new is not None and not self.approval(one.prompt, one.new).is_merged for one in written),
            uncommitted=not written and not self._is_committed(),
            unread_notes=self._unread_notes,
        )

    def write(self, changes: Sequence[PinChange], comments: Mapping[str, str] | None = None) -> bool:
        """Put all changes into the file, whole or not at all. Returns whether there was anything to write."""
        wanted = [one for one in changes if one.before != one.after]
        if not wanted:
            return False
        has_schema = (self.workspace.root / SCHEMAS / "environment.schema.json").is_file()
        text = new_environment(has_schema) if self.is_new else self.here.source.read(self.path).decode()
        for one in wanted:
            if one.after is None:
                text = remove_pin(text, one.prompt, where=str(self.path))
            else:
                text = set_pin(text, one.after, (comments or {}).get(one.prompt, ""), where=str(self.path))
        file = self.workspace.root / self.path
        try:
            make_folder(file.parent, self.workspace.root)
            write_atomically(file, text.encode(), root=self.workspace.root)
        except OSError as exc:
            hint = "; ".join(filter(None, [write_hint(exc), "nothing was changed"]))
            raise SourceError(f"cannot be written: {exc.strerror or exc}", where=str(self.path), hint=hint) from exc
        return True

    def last_change(self, name: str, commit: str) -> str:
        """` (01d6b60: Shorter)`: what last changed the prompt, seen from a commit; empty where it cannot be told."""
        notes = commit_summaries(self.repository, self._last_changes([(name, commit)]).values())
        return "".join(f" ({changed[:7]}: {note.title[:60]})" for changed, note in notes.items())

    def _last_changes(self, versions: Iterable[_PromptAtCommit]) -> dict[_PromptAtCommit, str]:
        """Version → the commit (full id) that last changed the prompt's file or a template it reaches there.

        A pin names whatever commit was the newest when it was made. Where it cannot be told, a version is left out.
        """
        found: dict[_PromptAtCommit, str] = {}
        for name, commit in list(dict.fromkeys(versions))[:_MAX_VERSIONS]:
            with suppress(PromptopsError, RecursionError):  # whatever is wrong is told where the version is compared
                project = self.at(commit)
                closure = make_closure(project.source, project.prompt(name), project.template_folder)
                paths = [
                    self.log.prefix / path for path in (project.path_of(name), *map(PurePosixPath, closure.templates))
                ]
                if changed := last_change(self.repository, paths, commit):
                    found[name, commit] = changed
        return found

    def _is_committed(self) -> bool:
        """Whether the last commit has the file as it is here, line ends apart."""
        head = self.repository.head()
        try:
            kept = self.at(head).source.read(self.path) if head else b""
        except SourceError:
            return False
        return kept.replace(b"\r\n", b"\n") == self.here.source.read(self.path).replace(b"\r\n", b"\n")


def _new_path(workspace: Workspace, name: str) -> PurePosixPath:
    """Where a new environment is written. PinError for what is no name, SourceError where something lies in the way."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name) or name.endswith(SUFFIXES):
        hint = "an environment is called like its file: --env prod is environments/prod.yml"
        raise PinError("this is not the name of an environment", where=name[:80] or "--env", hint=hint)
    path = FOLDER / f"{name}.yml"
    for part in (FOLDER, *(FOLDER / f"{name}{suffix}" for suffix in SUFFIXES)):
        place = workspace.root / part
        if place.is_symlink() or (place.exists() and (part != FOLDER or not place.is_dir())):
            hint = "move it away"
            raise SourceError("this path is taken by something that is not an environment", where=str(part), hint=hint)
    return path
