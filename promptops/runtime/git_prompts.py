"""Prompts from a git repository: an environment that is followed, or one commit that is pinned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from promptops.errors import DamagedError, PinError, PromptopsError, SourceError
from promptops.model.environment import Pin, served_versions
from promptops.model.revision import is_full_id
from promptops.pins.approval import Approval, ProtectedBranch, pin_command
from promptops.pins.commit_sealing import CommitSealer
from promptops.runtime.loaded_prompts import LoadedPrompts, describe_broken

if TYPE_CHECKING:
    from promptops.source.git.remote.mirror import Mirror
    from promptops.source.git.repository import Repository
    from promptops.source.git.signing.signers import AllowedSigners

_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|[\w.-]+@[\w.-]+:|(?!/)[^/\\:]{2,}:(?!\\)")
_ENVIRONMENT = re.compile(r"[\w][\w.-]{0,99}")


class GitChoice(NamedTuple):
    """What to serve and what to demand of it; see `Prompts.from_git`."""

    where: str
    commit: str | None = None
    environment: str | None = None
    ref: str | None = None
    subdirectory: str = ""
    protected: str | None = None
    any_commit: bool = False
    signers: Path | None = None
    allow_rewind: bool = False


def is_remote(where: str) -> bool:
    """Whether this is a remote's address and not a folder on this machine."""
    return bool(_REMOTE.match(where)) and not Path(where).is_dir()


class GitPrompts:
    """A repository on this machine, or one behind `mirror`. `known_head`: the next one must lead on from it."""

    def __init__(self, choice: GitChoice, mirror: Mirror | None, known_head: str | None = None) -> None:
        if (choice.commit is None) == (choice.environment is None):
            raise PinError("give either commit= or env=", hint="env='prod' follows environments/prod.yml")
        if not choice.where:
            raise PinError("no repository is named", hint="give its address, or the folder of a clone")
        if choice.commit is not None and not is_full_id(str(choice.commit)):
            hint = "write all its 40 characters and no more, in small letters, as `git rev-parse NAME` prints them"
            raise PinError("this is not the full id of a commit", where=repr(choice.commit), hint=hint)
        name = choice.environment
        if name is not None and (not _ENVIRONMENT.fullmatch(str(name)) or str(name).endswith((".yml", ".yaml"))):
            hint = "env='prod' means environments/prod.yml"
            raise PinError("this is not the name of an environment", where=repr(name), hint=hint)
        self._choice = choice
        self._mirror = mirror
        self._repositories: list[Repository] = []
        self._prefix = PurePosixPath(choice.subdirectory)
        self._known_head = known_head
        self._signers: AllowedSigners | None = None
        self._signers_digest = ""
        self._checked_head = ""

    def load(self, current: LoadedPrompts | None) -> LoadedPrompts:
        """What the pinned commit or the environment says now; `current` itself when nothing is new."""
        if self._choice.signers is not None:
            self._read_signers(self._choice.signers)
        try:
            return self._load(current)
        except DamagedError:
            if self._mirror is None:
                raise
            self._close()
            self._mirror.renew()  # a copy can be made anew; what a damaged one holds is never served
            return self._load(current)
        finally:
            self._close()  # no process stays between two checks

    def _read_signers(self, path: Path) -> None:
        """Where the list is another one than at the last check, every signature is checked again."""
        now = signers_digest(path)
        if self._signers is None or self._signers_digest != now:
            from promptops.source.git.signing.signers import AllowedSigners

            self._signers, self._signers_digest, self._checked_head = AllowedSigners(path), now, ""

    def _load(self, current: LoadedPrompts | None) -> LoadedPrompts:
        if self._choice.commit is None:
            return self._load_environment(current)
        if current is not None and self._checked_head == self._choice.commit:
            return current
        return self._load_commit(self._choice.commit)

    def _close(self) -> None:
        while self._repositories:
            self._repositories.pop().close()

    def _load_commit(self, commit: str) -> LoadedPrompts:
        protected = None if self._choice.any_commit else self._choice.protected
        repository, tip = self._fetch(protected, [commit], history=protected is not None)
        self._check_commits(repository, [commit])
        sealer = CommitSealer(repository, self._prefix)
        bundle, broken = sealer.bundle_of_commit(commit)
        if protected is not None:
            self._require_approved(ProtectedBranch(sealer, tip, protected), [*bundle.pins.values()])
        self._checked_head = commit
        return LoadedPrompts(bundle, broken, describe_broken(broken))

    def _load_environment(self, current: LoadedPrompts | None) -> LoadedPrompts:
        choice = self._choice
        repository, head = self._fetch(choice.ref, [], history=True)
        if current is not None and self._checked_head == head:  # by this process: a file in a cache proves nothing
            return current
        environment = CommitSealer(repository, self._prefix).environment(head, choice.environment or "")
        is_same = current is not None and current.bundle.pins == environment.pins_without_spans()
        leads_on = self._is_fast_forward(repository, head)
        if not leads_on and not is_same:
            raise self._rewind_error(head)
        pins = served_versions(environment.pins.values())
        commits = sorted({pin.commit for pin in pins})
        tip = head
        if choice.protected is not None or repository.missing(commits):
            repository, found = self._fetch(choice.protected or choice.ref, commits, history=True)
            tip = found if choice.protected is not None else head
        self._check_commits(repository, commits)
        sealer = CommitSealer(repository, self._prefix)
        branch = None if choice.any_commit else ProtectedBranch(sealer, tip, self._branch_name)
        if branch is not None:
            self._require_merged(branch, sealer, pins)  # before anything of a stranger's commit is read
        if self._signers is not None:
            self._signers.check_file(repository, self._prefix, environment.path, head)
        bundle = sealer.bundle_of_pins(environment, head, current.bundle if current is not None else None)
        if branch is not None:
            self._require_approved(branch, pins)
        if current is not None and is_same and (current.bundle.commit == head or not leads_on):
            self._checked_head = head
            return current  # the known head stays: nobody shall go back in two steps
        self._checked_head = self._known_head = head
        return LoadedPrompts(bundle)

    def _fetch(self, ref: str | None, commits: list[str], *, history: bool) -> tuple[Repository, str]:
        """The repository, with the ref's commit and these commits in it, and the full id of the ref's commit.

        The ref is resolved here, once; all further reading is by id.
        """
        if self._mirror is not None:
            head = self._mirror.update(ref, commits, history=history).head
            self._repositories.append(self._mirror.repository())
            return self._repositories[-1], head or ""
        if not self._repositories:
            from promptops.source.git.repository import Repository

            folder = Path(self._choice.where)
            self._repositories.append(Repository(folder))
            self._prefix = self._repositories[0].prefix(folder) / self._choice.subdirectory
        repository = self._repositories[0]
        return repository, repository.resolve_branch(ref or "HEAD")[0] if ref or history else ""

    def _check_commits(self, repository: Repository, commits: Sequence[str]) -> None:
        """PinError for a commit that is not here, or not signed by somebody who may."""
        repository.read_objects(commits, "commit")
        if self._signers is not None:
            for commit in commits:
                self._signers.check(repository, commit, f"commit {commit}")

    @property
    def _branch_name(self) -> str:
        """What people call the branch that must have approved what is pinned."""
        return self._choice.protected or self._choice.ref or "the default branch"

    def _require_merged(self, branch: ProtectedBranch, sealer: CommitSealer, pins: Sequence[Pin]) -> None:
        """PinError for the first pin whose commit is no part of the branch."""
        outside = branch.outside([*dict.fromkeys(pin.commit for pin in pins)])
        for pin in pins:
            if pin.commit in outside:
                found = Approval(is_merged=False, own=None)
                with suppress(PromptopsError):  # only to name a better one
                    if sealer.seal(pin.prompt, pin.commit, pinned=pin.digest) == pin.digest:
                        found = branch.approval(pin)
                raise self._refusal(branch, pin, found)

    def _require_approved(self, branch: ProtectedBranch, pins: Sequence[Pin]) -> None:
        """PinError for the first of these pins, which have been sealed, that the branch did not approve."""
        for pin, found in zip(pins, branch.approvals(pins), strict=True):
            if not found.holds:
                raise self._refusal(branch, pin, found)

    def _refusal(self, branch: ProtectedBranch, pin: Pin, found: Approval) -> PinError:
        def command(better: Pin) -> str:
            environment = self._choice.environment
            return pin_command(better, environment) if environment else f"commit='{better.commit}'"

        hint = branch.advice(pin, found, command)
        if self._repositories[-1].is_shallow():
            hint = "the history is cut off here, so it may well be: `git fetch --unshallow`"
        what = f"{pin.prompt} at " if found.is_merged else ""
        return PinError(f"it {branch.reason(found)}", where=f"{what}commit {pin.commit}", hint=hint)

    def _is_fast_forward(self, repository: Repository, head: str) -> bool:
        """Whether what was served before is an ancestor of the new head, or nobody has to ask."""
        if self._known_head is None or self._choice.allow_rewind:
            return True
        try:
            return not repository.unreachable([self._known_head], head)
        except DamagedError:
            raise
        except SourceError:
            return False

    def _rewind_error(self, head: str) -> PinError:
        ref, before = self._choice.ref or "the default branch", (self._known_head or "")[:7]
        message = f"{ref} was moved back or its history rewritten: it does not lead on from {before} any more"
        hint = "go back by a new commit (promptops rollback); if it is meant, start with allow_rewind=True"
        return PinError(message, where=f"commit {head}", hint=hint)


def signers_digest(signers: Path) -> str:
    """Equal for equal lists of signers."""
    try:
        return sha256(signers.read_bytes()).hexdigest()
    except OSError:  # told where a signature is checked
        return ""
