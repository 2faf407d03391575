"""A consistent view of a work tree: every file is read once, and a second look tells whether anything changed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import SourceError
from promptops.source.files.worktree import Worktree

SETTLE_SECONDS = 2.5
"""Seconds after which the next save shows another time: the coarsest clock of a file system ticks every two."""


class FileState(NamedTuple):
    """A file when it was read. `fingerprint` is equal for equal contents; empty where there is no file.

    `times` (inode, size and nanoseconds of change) say, once they are settled, that it need not be read again.
    """

    fingerprint: str
    is_file: bool
    times: tuple[int, ...] = ()
    is_settled: bool = True


class WorktreeSnapshot:
    """A source over a work tree. `before`: what an earlier one saw, so that only what was saved since is read."""

    def __init__(self, tree: Worktree, before: Mapping[PurePosixPath, FileState] | None = None) -> None:
        self.revision = tree.revision
        self.states: dict[PurePosixPath, FileState] = {}
        self.lists: dict[str, list[PurePosixPath]] = {}
        self.last_save = 0.0
        """The time (seconds, as the files have it) of the newest file that had to be read."""
        self._tree = tree
        self._before = before or {}
        self._contents: dict[PurePosixPath, bytes | SourceError] = {}
        self._is_torn = False

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes, the same however often they are asked for."""
        if path not in self._contents:
            self._load(path)
        content = self._contents[path]
        if isinstance(content, SourceError):
            raise content
        return content

    def exists(self, path: PurePosixPath) -> bool:
        """Whether a plain file is there."""
        return self.state_of(path).is_file

    def list(self, glob: str) -> list[PurePosixPath]:
        """The files that match."""
        if glob not in self.lists:
            self.lists[glob] = self._tree.list(glob)
        return self.lists[glob]

    def state_of(self, path: PurePosixPath) -> FileState:
        """The file's state, read only when it may have changed."""
        found = self.states.get(path)
        if found is None:
            before = self._before.get(path)
            if before is not None and before.is_settled and before.times == self._stat(path)[0]:
                found = self.states[path] = before
            else:
                found = self._load(path)
        return found

    def changed_since(self, states: Mapping[PurePosixPath, FileState]) -> set[PurePosixPath]:
        """Those of the files whose content is not what these earlier states say."""
        return {path for path, old in states.items() if self.state_of(path).fingerprint != old.fingerprint}

    def retake(self) -> WorktreeSnapshot | None:
        """The same files read again; None when one of them was saved, came or went meanwhile."""
        later = WorktreeSnapshot(self._tree, self.states)
        if self._is_torn or later.changed_since(self.states):
            return None
        return later if all(later.list(glob) == found for glob, found in self.lists.items()) else None

    def _load(self, path: PurePosixPath) -> FileState:
        times, changed = self._stat(path)  # before reading, so that a save in between shows
        is_file = self._tree.exists(path)
        try:
            self._contents[path] = data = self._tree.read(path)
            fingerprint = sha256(data).hexdigest()
        except SourceError as exc:
            self._contents[path] = exc
            fingerprint = str(exc) if times else ""
        self.last_save = max(self.last_save, changed)
        is_settled = not times or time.time() - changed > SETTLE_SECONDS
        found = FileState(fingerprint, is_file, times, is_settled)
        # It was looked at before and had not changed then, so what was decided by that does not go with this.
        self._is_torn |= path in self.states and self.states[path].fingerprint != fingerprint
        self.states[path] = found
        return found

    def _stat(self, path: PurePosixPath) -> tuple[tuple[int, ...], float]:
        """What changes with every save, and the time of the last one; nothing where there is no file."""
        try:
            info = os.stat(f"{self._tree.root}/{path}", follow_symlinks=False)
        except (OSError, ValueError):
            return (), 0.0
        times = (info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        return times, max(info.st_mtime, info.st_ctime)
