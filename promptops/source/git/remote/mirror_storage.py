"""The folder of one mirror: written by one process at a time, made anew when it is damaged."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from promptops.errors import SourceError
from promptops.source.files.atomic_write import write_atomically
from promptops.source.git.errors import OTHER_FORMAT, GitFailure
from promptops.source.git.process import GitTimeoutError
from promptops.source.git.remote.bare_repository import UNBORN, BareRepository, BrokenFolderError
from promptops.source.git.remote.remote_url import RemoteUrl

_EVERYTHING = ("+refs/heads/*:refs/promptops/heads/*", "+refs/tags/*:refs/promptops/tags/*")
_CONFIGS = (
    "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
    "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n",
)
"""Of a repository of SHA-1 and of one of SHA-256."""
_T = TypeVar("_T")


class MirrorStorage:
    """The bare repository `path` and the lock file beside it.

    `depth` is 0 for the whole history, 1 for single commits. `timeout` is in seconds, for each call, waiting included.
    """

    def __init__(self, address: RemoteUrl, path: Path, *, timeout: float, depth: int = 0) -> None:
        self.path = path
        self._shown = address.shown
        self._timeout = timeout
        self._config = _CONFIGS[0]
        self._git = BareRepository(address, path, depth=depth, timeout=timeout)

    def update(self, ref: str | None, names: Sequence[str], commits: Sequence[str]) -> str | None:
        """Bring the first of the remote's `names` that exists, and the commits; give the commit the name points to.

        Whoever waited while somebody else fetched the same `ref` takes what that one brought.
        """
        note = self.path / f"followed-{hashlib.sha256((ref or '').encode()).hexdigest()[:16]}"
        before, _ = _read_note(note)

        def attempt(deadline: float) -> str | None:
            head = None
            if not names and self._config != _CONFIGS[len(commits[0]) == 64]:
                self._check_format(OTHER_FORMAT)
            if names:
                times, head = _read_note(note)
                if times == before or head is None:
                    head = self._follow(names, f"refs/promptops/{note.name}", deadline)
                    _write_note(note, times + 1, head)
            wanted = dict.fromkeys([head, *commits] if head else commits)
            missing = self._git.missing([f"{commit}^{{tree}}" for commit in wanted], deadline)
            self._bring([item.partition("^")[0] for item in missing], deadline)
            if self._git.missing(missing, deadline):
                raise BrokenFolderError
            return head

        return self._alone(attempt)

    def fetch_blobs(self, ids: Collection[str]) -> None:
        """Bring those of these objects that are not here, in one go."""

        def attempt(deadline: float) -> None:
            missing = self._git.missing(sorted(set(ids)), deadline)
            # What is here already says nothing about blobs: no need to tell the server of it.
            self._bring(missing, deadline, "fetch.negotiationAlgorithm=noop")
            if self._git.missing(missing, deadline):
                raise SourceError("the server did not send all files", where=self._shown, hint="try again")

        self._alone(attempt)

    def set_aside(self) -> None:
        """Take the folder out of use; the next update makes it anew. The last such folder is kept, for its readers."""
        with self._locked(time.monotonic() + self._timeout), self._plain_errors():
            self._set_aside()

    def _alone(self, attempt: Callable[[float], _T]) -> _T:
        """Do this while nobody else writes here; once more from the start when the folder is damaged."""
        deadline = time.monotonic() + self._timeout
        with self._locked(deadline), self._plain_errors():
            with contextlib.suppress(BrokenFolderError):
                self._make()
                return attempt(deadline)
            self._set_aside()
            self._make()
            try:
                return attempt(deadline)
            except BrokenFolderError:
                reason = "the server did not send all that was asked for, or the disk loses what is written to it"
                raise SourceError(reason, where=self._shown) from None

    @contextlib.contextmanager
    def _locked(self, deadline: float) -> Iterator[None]:
        import filelock  # 67 ms

        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # what is private stays so
            lock = filelock.FileLock(f"{self.path}.lock")
            lock.acquire(timeout=max(0.0, deadline - time.monotonic()), poll_interval=0.02)
        except filelock.Timeout as exc:
            raise self._late("another process has been fetching the same repository for") from exc
        except OSError as exc:
            raise self._unwritable(exc) from exc
        try:
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except GitTimeoutError as exc:
            raise self._late("it took longer than") from exc
        except OSError as exc:
            raise self._unwritable(exc) from exc

    def _late(self, what: str) -> SourceError:
        hint = "try again, or allow more time with timeout="
        return SourceError(f"{what} {self._timeout:g} seconds", where=self._shown, hint=hint)

    def _unwritable(self, exc: OSError) -> SourceError:
        reason = f"the cache cannot be written: {exc.strerror or exc}"
        return SourceError(reason, where=str(self.path), hint="make room, or give another cache folder")

    def _make(self) -> None:
        """What `git init --bare` writes, in one step, where nothing is yet; a used folder is only swept."""
        if self.path.exists():
            if hasattr(os, "geteuid") and self.path.stat().st_uid != os.geteuid():
                reason = "this cache folder belongs to another user, whose settings git would obey"
                raise SourceError(reason, where=str(self.path), hint="remove it, or give another cache folder")
            with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
                text = (self.path / "config").read_text()
                if found := next((each for each in _CONFIGS if text.startswith(each)), None):
                    self._config = found
                    self._git.sweep()
                    return
            raise BrokenFolderError
        new = self.path.with_name(f"{self.path.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        (new / "objects").mkdir(parents=True)
        (new / "refs").mkdir()
        (new / "config").write_text(self._config)
        (new / "HEAD").write_text(f"ref: refs/heads/{UNBORN}\n")
        new.rename(self.path)

    def _set_aside(self) -> None:
        aside = self.path.with_name(f"{self.path.name}.damaged")
        shutil.rmtree(aside, ignore_errors=True)
        if self.path.exists():
            self.path.rename(aside)

    def _follow(self, names: Sequence[str], target: str, deadline: float) -> str:
        for name in names:
            failure = self._git.fetch([f"+{name}:{target}"], deadline)
            if failure is None:
                break
            if failure.kind == "shallow":  # what came of it has no past, and would be taken for whole the next time
                self._set_aside()
            self._check_format(failure)
            if failure.kind != "no branch" or name == names[-1]:
                raise failure.error(f"{self._shown} {names[0]}")
        head = self._git.commit_at(target, deadline)
        self._git.tidy(deadline)
        return head

    def _bring(self, ids: Sequence[str], deadline: float, *settings: str) -> None:
        if not ids:
            return
        failure = self._git.fetch(ids, deadline, settings=settings)
        if failure and failure.kind == "no ids":
            # Servers of the old protocol hand out no ids; what they hold may still come with a branch or a tag.
            self._git.fetch(_EVERYTHING, deadline, "--prune", "--refetch", "--no-filter")
            if not self._git.missing(ids, deadline):
                return
        if failure:
            self._check_format(failure)
            raise failure.error(self._shown)

    def _check_format(self, failure: GitFailure) -> None:
        """The remote has ids of the other kind: then the copy is made anew, for those."""
        if failure.kind == "format":
            self._config = next(each for each in _CONFIGS if each != self._config)
            raise BrokenFolderError


def _read_note(note: Path) -> tuple[int, str | None]:
    """How often the ref was fetched, and what it pointed to the last time."""
    try:
        times, head = json.loads(note.read_bytes())
        return int(times), str(head)
    except (OSError, ValueError, TypeError):
        return 0, None


def _write_note(note: Path, times: int, head: str) -> None:
    write_atomically(note, json.dumps([times, head]).encode("ascii"), durable=False)
