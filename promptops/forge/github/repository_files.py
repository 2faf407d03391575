"""A project's files on GitHub at one commit, read one by one through its API: no checkout, no git."""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath

from promptops.errors import SourceError
from promptops.forge.github.client import GitHub
from promptops.model.revision import Revision
from promptops.source.files.globs import matches
from promptops.source.source import normalize_path


class RepositoryFiles:
    """A Source. `folder` is the project's place in the repository; each file is asked for once."""

    def __init__(self, github: GitHub, commit: str, folder: PurePosixPath) -> None:
        self.revision = Revision(commit)
        self._stored = cache(lambda path: github.read_file(folder / path, commit))
        self._names = cache(self._list_folder)
        self._github, self._folder, self._commit = github, folder, commit

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
        """The files of one folder, as for `evals/waivers/greet/*.json`.

        Nothing for any other glob: files are found by their names here, and all folders would cost a request each.
        """
        pattern = PurePosixPath(glob)
        if "*" not in pattern.name or pattern.name == "**" or any(char in str(pattern.parent) for char in "*?"):
            return []
        found = (pattern.parent / name for name in self._names(normalize_path(pattern.parent)))
        return sorted(path for path in found if matches(path, glob))

    def _list_folder(self, folder: PurePosixPath) -> dict[str, str]:
        """Names with ids, a request. A deep folder is asked for only where the one above has it: most have none."""
        above = folder.parent
        if len(above.parts) > 1 and folder.name not in self._names(above):
            return {}
        return self._github.folder_ids(self._folder / folder, self._commit)
