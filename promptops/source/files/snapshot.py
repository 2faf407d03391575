"""A work tree as if it stood still: every file is read once, and afterwards one sees whether anything moved."""

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
    """A file as it was seen. `mark` is equal for equal contents; empty where there is no file.

    `times` (inode, size and nanoseconds of change) say, once they are settled, that it need not be read again.
    """

    mark: str
    is_file: bool
    times: tuple[int, ...] = ()
    is_settled: bool = True


class WorktreeSnapshot:
    """A source over a work tree. `before`: what an earlier one saw, so that only what was saved since is read."""

    def __init__(self, tree: Worktree, before: Mapping[PurePosixPath, FileState] | None = None) -> None:
        self.revision = tree.revision
        self.seen: dict[PurePosixPath, FileState] = {}
        self.lists: dict[str, list[PurePosixPath]] = {}
        self.last_save = 0.0
        """The time (seconds, as the files have it) of the newest file that had to be read."""
        self._tree = tree
        self._before = before or {}
        self._held: dict[PurePosixPath, bytes | SourceError] = {}
        self._is_torn = False

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes, the same however often they are asked for."""
        if path not in self._held:
            self._take(path)
        held = self._held[path]
        if isinstance(held, SourceError):
            raise held
        return held

    def exists(self, path: PurePosixPath) -> bool:
        """Whether a plain file is there."""
        return self.look(path).is_file

    def list(self, glob: str) -> list[PurePosixPath]:
        """The files that match."""
        if glob not in self.lists:
            self.lists[glob] = self._tree.list(glob)
        return self.lists[glob]

    def look(self, path: PurePosixPath) -> FileState:
        """The file's mark, read only when it may have changed."""
        found = self.seen.get(path)
        if found is None:
            before = self._before.get(path)
            if before is not None and before.is_settled and before.times == self._stat(path)[0]:
                found = self.seen[path] = before
            else:
                found = self._take(path)
        return found

    def again(self) -> WorktreeSnapshot | None:
        """The same files once more; None when one of them was saved, came or went meanwhile."""
        later = WorktreeSnapshot(self._tree, self.seen)
        if self._is_torn or any(later.look(path).mark != seen.mark for path, seen in self.seen.items()):
            return None
        return later if all(later.list(glob) == found for glob, found in self.lists.items()) else None

    def _take(self, path: PurePosixPath) -> FileState:
        times, changed = self._stat(path)  # before reading, so that a save in between shows
        is_file = self._tree.exists(path)
        try:
            self._held[path] = data = self._tree.read(path)
            mark = sha256(data).hexdigest()
        except SourceError as exc:
            self._held[path] = exc
            mark = str(exc) if times else ""
        self.last_save = max(self.last_save, changed)
        is_settled = not times or time.time() - changed > SETTLE_SECONDS
        found = FileState(mark, is_file, times, is_settled)
        # It was looked at before and had not changed then, so what was decided by that does not go with this.
        self._is_torn |= path in self.seen and self.seen[path].mark != mark
        self.seen[path] = found
        return found

    def _stat(self, path: PurePosixPath) -> tuple[tuple[int, ...], float]:
        """What changes with every save, and the time of the last one; nothing where there is no file."""
        try:
            info = os.stat(f"{self._tree.root}/{path}", follow_symlinks=False)
        except (OSError, ValueError):
            return (), 0.0
        times = (info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        return times, max(info.st_mtime, info.st_ctime)
