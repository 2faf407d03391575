"""A project's files on GitHub at one commit, read one by one through its API: no checkout, no git."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import SourceError
from promptops.model.revision import Revision
from promptops.source.source import normalize_path

if TYPE_CHECKING:
    from promptops.forge.client import GitHub


class RepositoryFiles:
    """A Source. `folder` is the project's place in the repository; each file is asked for once."""

    def __init__(self, github: GitHub, commit: str, folder: PurePosixPath) -> None:
        self.revision = Revision(commit)
        self._github = github
        self._commit = commit
        self._folder = folder
        self._kept: dict[PurePosixPath, bytes | None] = {}

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes; SourceError when there is no such file."""
        found = self._get(path)
        if found is None:
            raise SourceError(f"no such file ({self.revision.label})", where=str(path))
        return found

    def exists(self, path: PurePosixPath) -> bool:
        """Whether `read` would find a file there."""
        return self._get(path) is not None

    def list(self, glob: str) -> list[PurePosixPath]:
        """Nothing: files are found by their names here, and a list of all would cost a request a folder."""
        return []

    def _get(self, path: PurePosixPath) -> bytes | None:
        path = normalize_path(path)
        if path not in self._kept:
            stored = self._github.read_file(self._folder / path, self._commit)
            self._kept[path] = None if stored is None else stored.content
        return self._kept[path]
