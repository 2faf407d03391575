"""A project's files on GitHub at one commit, read one by one through its API: no checkout, no git."""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath

from promptops.errors import SourceError
from promptops.forge.github.client import GitHub
from promptops.model.revision import Revision
from promptops.source.source import normalize_path


class RepositoryFiles:
    """A Source. `folder` is the project's place in the repository; each file is asked for once."""

    def __init__(self, github: GitHub, commit: str, folder: PurePosixPath) -> None:
        self.revision = Revision(commit)
        self._stored = cache(lambda path: github.read_file(folder / path, commit))

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes; SourceError when there is no such file."""
        stored = self._stored(normalize_path(path))
        if stored is None:
            raise SourceError(f"no such file ({self.revision.label})", where=str(path))
        return stored.content

    def exists(self, path: PurePosixPath) -> bool:
        """Whether `read` would find a file there."""
        return self._stored(normalize_path(path)) is not None

    def list(self, glob: str) -> list[PurePosixPath]:
        """Nothing: files are found by their names here, and a list of all would cost a request a folder."""
        return []
