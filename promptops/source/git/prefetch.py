"""A commit's files, read many at a time and kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from promptops.source.git.commit import Commit


class PrefetchedCommit:
    """A source over a commit that reads each file at most once, and files that will be needed in one go."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._files: dict[PurePosixPath, bytes] = {}
        self.revision = commit.revision
        self.list = commit.list

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes; SourceError as the commit gives it."""
        data = self._files.get(path)
        if data is None:
            data = self._files[path] = self._commit.read(path)
        return data

    def exists(self, path: PurePosixPath) -> bool:
        """Whether a plain file is there; SourceError as the commit gives it."""
        return path in self._files or self._commit.exists(path)

    def add(self, path: PurePosixPath, data: bytes) -> None:
        """Take a file that was read elsewhere."""
        self._files[path] = data

    def prefetch(self, paths: Iterable[PurePosixPath]) -> None:
        """Read these files, which are there, in as few rounds as can be."""
        self._files.update(self._commit.read_many([path for path in paths if path not in self._files]))
