"""The files of one commit, read from git's objects without a checkout."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import SourceError
from promptops.model.revision import Revision
from promptops.source.base import inside
from promptops.source.globs import SKIPPED_FOLDERS, matches, static_prefix

if TYPE_CHECKING:
    from promptops.source.repository import Repository

_FOLDER, _LINK, _SUBMODULE = 0o40000, 0o120000, 0o160000
_Paths = list[PurePosixPath]


class Commit:
    """The project below `prefix` at the commit `sha` (40 hex).

    Trees are parsed once and kept; blobs are read through git's persistent `cat-file --batch`.
    """

    def __init__(
        self, repository: Repository | str | os.PathLike[str], sha: str, prefix: PurePosixPath | None = None
    ) -> None:
        if isinstance(repository, (str, os.PathLike)):
            from promptops.source.repository import Repository as _Repository

            repository = _Repository.at(Path(repository))
        self._repository = repository
        self._prefix = prefix or PurePosixPath()
        self._trees: dict[str, dict[str, tuple[int, str]]] = {}
        self.revision = Revision(sha)
        self._root = repository.tree_id(sha)

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes at this commit; SourceError when it is missing, a link or a folder."""
        mode, object_id = self._entry(path)
        where = f"{path} at {self.revision.label}"
        if mode == _LINK:
            raise SourceError("is a symbolic link, which is not followed", where=where, hint="copy the file")
        if mode == _FOLDER:
            raise SourceError("it is a folder", where=where)
        if mode == _SUBMODULE:
            raise SourceError("it is a submodule, which is not followed", where=where)
        try:
            return self._repository.blob(object_id)
        except SourceError as exc:
            raise SourceError(exc.args[0], where=where, hint=exc.hint) from exc

    def list(self, glob: str) -> _Paths:
        """Plain files matching the glob, sorted."""
        start = static_prefix(glob)
        try:
            mode, object_id = self._entry(start)
        except SourceError:
            return []
        if mode != _FOLDER:
            return []
        return sorted(path for path in self._walk(object_id, start) if matches(path, glob))

    def exists(self, path: PurePosixPath) -> bool:
        """Whether a plain file is there."""
        try:
            return self._entry(path)[0] not in (_LINK, _FOLDER, _SUBMODULE)
        except SourceError:
            return False

    def _walk(self, tree_id: str, base: PurePosixPath) -> _Paths:
        found: _Paths = []
        for name, (mode, object_id) in self._tree(tree_id).items():
            if mode == _FOLDER:
                if name not in SKIPPED_FOLDERS:
                    found.extend(self._walk(object_id, base / name))
            elif mode not in (_LINK, _SUBMODULE):
                found.append(base / name)
        return found

    def _entry(self, path: PurePosixPath) -> tuple[int, str]:
        return self._descend(self._prefix / inside(path), path)

    def _descend(self, full: PurePosixPath, shown: PurePosixPath) -> tuple[int, str]:
        mode, object_id = _FOLDER, self._root
        for part in full.parts:
            entry = self._tree(object_id).get(part) if mode == _FOLDER else None
            if entry is None:
                raise SourceError("no such file", where=f"{shown} at {self.revision.label}")
            mode, object_id = entry
        return mode, object_id

    def _tree(self, object_id: str) -> dict[str, tuple[int, str]]:
        tree = self._trees.get(object_id)
        if tree is None:
            tree = self._trees[object_id] = _parse_tree(self._repository.object_data(object_id))
        return tree


def _parse_tree(data: bytes) -> dict[str, tuple[int, str]]:
    """A raw git tree object (SHA-1): name → (mode, object id)."""
    entries: dict[str, tuple[int, str]] = {}
    position = 0
    while position < len(data):
        space = data.index(b" ", position)
        end = data.index(b"\0", space)
        name = data[space + 1 : end].decode("utf-8", "surrogateescape")
        entries[name] = (int(data[position:space], 8), data[end + 1 : end + 21].hex())
        position = end + 21
    return entries
