"""What something that is loaded hangs on: the files it looked for."""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.source.source import Source


class ReadTracker:
    """A source that notes which files were looked for, those that are not there too."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.revision = source.revision
        self.paths: set[PurePosixPath] = set()
        self.globs: set[str] = set()

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes."""
        self.paths.add(path)
        return self._source.read(path)

    def exists(self, path: PurePosixPath) -> bool:
        """Whether it is there."""
        self.paths.add(path)
        return self._source.exists(path)

    def list(self, glob: str) -> list[PurePosixPath]:
        """The files that match."""
        self.globs.add(glob)
        return self._source.list(glob)
