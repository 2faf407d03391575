"""Pins beside what the repository has at their commits."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import PinError, PromptopsError, SourceError
from promptops.model.environment import Environment, Pin
from promptops.model.finding import Span
from promptops.pins.approval import Approval, ProtectedBranch, pin_command
from promptops.pins.commit_sealing import CommitSealer
from promptops.source.checkout import Checkout
from promptops.source.formats.environments import FOLDER, environment_paths, load_environment
from promptops.source.formats.settings import load_config
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.git.signing.signers import AllowedSigners
from promptops.source.source import Source, read_text
from promptops.text.humanize import listed
from promptops.text.sanitize import shell_word
from promptops.text.suggestions import did_you_mean
from promptops.workflows.workspace import Workspace, relative

_MOST_NAMED = 5


class PinProblem(NamedTuple):
    """Why a pin does not hold, and the place in its file that is wrong."""

    span: Span
    message: str
    hint: str


class PinCheck:
    """Pinned versions sealed anew at their commits, each once, and what is demanded of the commits.

    Every pin must be approved by `protected` (a branch; see `pins.approval`), and its commit be signed as `signers` (a
    file) says; None: not asked, but no merged text holds that the default branch never had. `protected` is then the
    name of the branch that was found, which may be the remote's.
    `missing` and `unsigned` say by commit why it cannot be read, and why its signature does not count. SourceError when
    `protected` is no revision.
    """

    def __init__(
        self,
        sealer: CommitSealer,
        pins: Iterable[Pin],
        protected: str | ProtectedBranch | None = None,
        signers: Path | None = None,
    ) -> None:
        self.sealer, repository = sealer, sealer.repository
        pins = [*pins]
        versions: dict[str, dict[tuple[str, str], Pin]] = {}
        for pin in pins:
            versions.setdefault(pin.commit, {})[pin.prompt, pin.digest] = pin
        self.missing = dict(_missing(repository, versions))
        here = [commit for commit in versions if commit not in self.missing]
        self._digests: dict[tuple[str, str, str], str | PromptopsError] = {}
        with suppress(PromptopsError):  # only haste: whatever is wrong shows again at the prompt it is with
            sealer.prepare(pin for commit in here for pin in versions[commit].values())
        for commit in here:
            for (_, digest), pin in versions[commit].items():
                try:
                    self._digests[pin.prompt, commit, digest] = sealer.find_digest(pin)
                except PromptopsError as exc:
                    self._digests[pin.prompt, commit, digest] = exc
        self._shallow = repository.is_shallow()
        self.protected = ""
        self._refused: dict[Pin, Approval] = {}
        self._branch: ProtectedBranch | None = None
        if isinstance(protected, ProtectedBranch):
            self.protected = protected.name
            self._compare(protected, pins)
        elif protected:
            tip, self.protected = repository.resolve_branch(protected)
            self._compare(ProtectedBranch(sealer, tip, self.protected), pins)
        elif (branch := repository.default_branch()) and not self._shallow:
            with suppress(SourceError):  # nobody asked, so nothing on the way there is in the way
                self._compare(ProtectedBranch(sealer, repository.resolve_branch(branch)[0], branch), pins)
        self._signers = AllowedSigners(signers) if signers else None
        self.unsigned = dict(_unsigned(repository, here, self._signers)) if self._signers else {}

    def _compare(self, branch: ProtectedBranch, pins: Sequence[Pin]) -> None:
        """Find those that the branch did not approve. A version that does not hold by itself has no text to look for:
        of that only the commit counts."""
        self._branch = branch
        here = [pin for pin in pins if pin.commit not in self.missing]
        outside = set(branch.outside(dict.fromkeys(pin.commit for pin in here)))
        sound = [pin for pin in here if self.is_sound(pin)]
        self._refused.update((pin, Approval(False, None)) for pin in here if pin.commit in outside)
        found = zip(sound, branch.approvals(sound), strict=True)
        self._refused.update((pin, approval) for pin, approval in found if not approval.holds)

    def problems(self, pin: Pin, environment: str = "") -> Iterator[PinProblem]:
        """All that is wrong with one of these versions; nothing when it may be served.

        `environment`: the one that pins it, for advice.
        """
        name, short = pin.prompt[:80], pin.commit[:7]
        found = self.missing.get(pin.commit) or self._digests[pin.prompt, pin.commit, pin.digest]
        if isinstance(found, PromptopsError):
            at = "is pinned" if pin.commit in self.missing else "cannot be served as it was"
            yield PinProblem(pin.commit_span, f"'{name}' {at} at commit {short}: {found}", found.hint)
        elif found != pin.digest:
            message = f"'{name}' at commit {short} is not what was pinned, so this version is never served"
            yield PinProblem(pin.digest_span, message, f"if the commit is the right one, write: {found}")
        refused = self._refused.get(pin)
        if self._branch is not None and refused is not None and self._counts(refused):
            message = f"'{name}' is pinned at commit {short}, which {self._branch.reason(refused)}"
            yield PinProblem(pin.commit_span, message, self._advice(self._branch, pin, refused, environment))
        if unsigned := self.unsigned.get(pin.commit):
            yield PinProblem(pin.commit_span, f"'{name}' is pinned at {unsigned}", unsigned.hint)

    def _counts(self, refused: Approval) -> bool:
        """Whether a refusal keeps a pin from holding: what is not merged yet may be, where nobody demanded a branch;
        a merged text that the default branch never had is made right by no later merge."""
        return bool(self.protected) or refused.is_merged

    def refusal(self, pin: Pin) -> str:
        """Why the branch that it was compared with did not approve a pin; empty where it did, or nobody can tell."""
        found = self._refused.get(pin)
        return f"commit {pin.commit[:7]} {self._branch.reason(found)}" if self._branch and found else ""

    def is_sound(self, pin: Pin) -> bool:
        """Whether its commit is here and has the prompt with its digest."""
        return pin.commit not in self.missing and self._digests[pin.prompt, pin.commit, pin.digest] == pin.digest

    def branch_at(self, tip: str) -> ProtectedBranch:
        """The branch with this last commit (a full id), asked for what it approved."""
        known = self._branch
        return known if known is not None and known.tip == tip else ProtectedBranch(self.sealer, tip, tip[:7])

    @property
    def demands_signatures(self) -> bool:
        """Whether commits must be signed."""
        return self._signers is not None

    def unsigned_file(self, path: PurePosixPath, commit: str) -> PinError | None:
        """Why the signature of the commit that wrote this file, as it is at `commit` (a full id), does not count.

        None where it is signed by its committer, who may, and where nobody asked.
        """
        if self._signers is not None:
            try:
                self._signers.check_file(self.sealer.repository, self.sealer.prefix, path, commit)
            except PinError as exc:
                return exc
        return None

    def environment_signature(self, environment: Environment, commit: str | None) -> tuple[PinError | None, list[str]]:
        """Why an environment's file does not count (None: it does), and what people should know of it.

        `commit` has the file as it was read; None: no commit has.
        """
        if commit is not None:
            return self.unsigned_file(environment.path, commit), []
        note = "it is not committed as it is, so nobody has signed what it pins"
        return None, [note] if self.demands_signatures else []

    def notes(self, pins: Iterable[Pin]) -> Iterator[str]:
        """What people should know of these versions although nobody demanded it."""
        refused = {pin.commit[:7]: self._refused[pin] for pin in pins if pin in self._refused}
        commits = [commit for commit, found in refused.items() if not self._counts(found)]
        if self._branch is not None and commits:
            verb, them = ("is", "it") if len(commits) == 1 else ("are", "them")
            told = f"{verb} not part of {self._branch.name}; applications that follow it refuse {them}"
            yield f"{listed(commits, _MOST_NAMED)} {told}"

    def _advice(self, branch: ProtectedBranch, pin: Pin, refused: Approval, environment: str) -> str:
        """What to do about a pin that the protected branch did not approve."""

        def command(better: Pin) -> str:
            if environment:
                return pin_command(better, environment, pin.rollout.percent if pin.rollout else None)
            return f"pin {better.prompt[:80]} at {better.commit}, and build the bundle again"

        advice = branch.advice(pin, refused, command)
        if self._shallow:
            advice = f"this clone does not go back far enough to tell: `git fetch --unshallow`; else {advice}"
        return advice


def find_environment(source: Source, name: str) -> Environment:
    """The environment called so. PinError with the names there are."""
    paths = environment_paths(source)
    if name not in paths:
        hint = did_you_mean(name, paths, f"promptops pin PROMPT --env {shell_word(name)} makes one")
        raise PinError(f"there is no environment '{name}' {place_of(source)}", where=str(FOLDER), hint=hint)
    return load_environment(source, paths[name])


def find_signers(workspace: Workspace, given: Path | None) -> Path | None:
    """The list of allowed signers: the one given, else that of the work tree's settings, never a pinned commit's.

    SourceError when it is not there. ssh-keygen reads the file itself, so one that is left out is not enough.
    """
    path, files = given, Checkout(workspace.root)
    if path is None:
        named = load_config(files).policy.signers
        path = workspace.root / named if named else None
    if path is not None and not path.is_file():
        if files.exists(relative(path.absolute(), workspace.root)):
            message = "the list of allowed signers is there, but a sparse checkout leaves it out"
            hint = f"take it in: git sparse-checkout add {shlex.quote(os.path.relpath(path.parent))}"
            raise SourceError(message, where=str(path), hint=hint)
        hint = "write one line for each person who may sign: their e-mail, a space, and their public SSH key"
        raise SourceError("there is no list of allowed signers here", where=str(path), hint=hint)
    return path


def commit_with(environment: Environment, source: Source, committed: Commit | None) -> str | None:
    """The commit's full id, where it has the environment's file exactly as it was read from the source; else None."""
    if committed is None:
        return None
    with suppress(PromptopsError):
        if source is committed or read_text(source, environment.path) == read_text(committed, environment.path):
            return committed.revision.commit
    return None


def place_of(source: Source) -> str:
    """`in your files` or `at commit f7b9556`."""
    commit = source.revision.commit
    return f"at commit {commit[:7]}" if commit else "in your files"


def _missing(repository: Repository, commits: Iterable[str]) -> Iterator[tuple[str, PinError]]:
    """The commits that are not here, with the reason. The pin names the commit already, so the reason does not."""
    missing = set(repository.missing(commits))
    for commit in commits:
        try:
            if commit in missing and not repository.is_shallow():
                hint = f"`git fetch` first; if {commit} is not there then either, pin a commit that is"
                raise PinError("there is no such commit in this repository", hint=hint)
            repository.require_commit(commit)
        except PromptopsError as exc:
            yield commit, PinError(exc.args[0], hint=exc.hint)


def _unsigned(
    repository: Repository, commits: Iterable[str], signers: AllowedSigners
) -> Iterator[tuple[str, PinError]]:
    for commit in commits:
        try:
            signers.check(repository, commit, f"commit {commit[:7]}")
        except PinError as exc:
            yield commit, exc
