"""The files of one commit, read from git's objects without a checkout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import SourceError
from promptops.model.config import static_prefix
from promptops.model.revision import Revision
from promptops.source.files.globs import SKIPPED_FOLDERS, glob_pattern
from promptops.source.git.trees.raw_tree import FOLDER, LINK, SUBMODULE_ENTRY, Tree, parse_tree
from promptops.source.source import (
    NO_SUCH_FILE,
    SUBMODULE,
    SUBMODULE_HINT,
    UNREADABLE,
    normalize_path,
    require_usable_name,
)

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

_REFUSED = {
    LINK: ("it is a symbolic link, which is not followed", "copy the file, or make it a folder"),
    FOLDER: ("it is a folder", ""),
    SUBMODULE_ENTRY: (SUBMODULE, SUBMODULE_HINT),
}
_Entry = tuple[int, str]
_Parts = tuple[str, ...]
_Prefetched = dict[tuple[str, str], bytes]  # by kind and id
_Paths = list[PurePosixPath]
_Contents = list[bytes]

MAX_LISTED = 500_000
"""Files and folders that one listing looks at."""


class Commit:
    """The project below `prefix` at the commit `sha` (a full id).

    Nothing is asked of git before the first read; then the commit, the folders on the way and the file come in one
    round. Each is checked: the commit names the top folder by its id, and each folder what is in it. Folders are kept,
    and remembered for other commits that have them too.
    SourceError with the commit as its place where there is no such commit.
    """

    def __init__(self, repository: Repository, sha: str, prefix: PurePosixPath | None = None) -> None:
        repository.require_id(sha)
        self._repository = repository
        self._prefix = prefix or PurePosixPath()
        self._sha = sha
        self._tree_cache = repository.tree_cache
        self._root = self._tree_cache.top(sha)
        self._trees: dict[str, Tree] = {}
        self.revision = Revision(sha)

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes at this commit; SourceError when it is missing, a link or a folder."""
        require_usable_name(path)
        parts = _parts(self._prefix, path)
        prefetched = self._prefetch([parts])
        object_id = self._file(parts, path, prefetched)
        data = prefetched.get(("blob", object_id))
        return self._contents([object_id], [path])[0] if data is None else data

    def read_many(self, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
        """The bytes of all these files, in as few rounds as can be; SourceError as `read` for the first that fails."""
        found = {path: _parts(self._prefix, path) for path in paths}
        prefetched = self._prefetch({parts[:-1] for parts in found.values()})
        ids = [self._file(parts, path, prefetched) for path, parts in found.items()]
        return dict(zip(found, self._contents(ids, [*found]), strict=True))

    def list(self, glob: str) -> _Paths:
        """Files matching the glob, sorted, with what links in this commit lead to."""
        return sorted([*self.entries(glob), *self._linked(glob)])

    def entries(self, glob: str) -> dict[PurePosixPath, str]:
        """Plain files matching the glob, sorted, each with its content's object id. No file is read.

        SourceError where the folder that the glob begins with is, or lies in, a submodule.
        """
        start = static_prefix(glob)
        try:
            parts = _parts(self._prefix, PurePosixPath(start))
        except SourceError:  # outside the project
            return {}
        top = self._find(parts, self._prefetch([parts]))
        if top is not None and top[0] == SUBMODULE_ENTRY:
            raise SourceError(SUBMODULE, where=self._at(PurePosixPath(start)), hint=SUBMODULE_HINT, code=UNREADABLE)
        if top is None or top[0] != FOLDER:
            return {}
        fits = glob_pattern(glob).fullmatch
        base = f"{start}/" if start else ""
        files = self._files(top[1], base)
        found = {PurePosixPath(name): each for name, kind, each in files if kind not in _REFUSED and fits(name)}
        return dict(sorted(found.items()))

    def _linked(self, glob: str) -> Iterator[PurePosixPath]:
        """Links that match the glob, and files of this commit that linked folders would show there."""
        start, fits = static_prefix(glob), glob_pattern(glob).fullmatch
        try:
            parts = _parts(self._prefix, PurePosixPath(start))
        except SourceError:
            return
        top = self._find(parts, self._prefetch([parts]))
        if top is None or top[0] not in (FOLDER, LINK):
            return
        links = [(start, top[1])]
        if top[0] == FOLDER:
            files = self._files(top[1], f"{start}/" if start else "")
            links = [(name, object_id) for name, kind, object_id in files if kind == LINK]
        for name, object_id in links:
            target = self._target(_parts(self._prefix, PurePosixPath(name)), object_id)
            if target is not None and target[0] == FOLDER:
                shown = (each for each, kind, _ in self._files(target[1], f"{name}/") if kind not in _REFUSED)
                yield from (PurePosixPath(each) for each in shown if fits(each))
            elif fits(name):
                yield PurePosixPath(name)

    def _target(self, parts: _Parts, object_id: str) -> _Entry | None:
        """What the link with this id, at or above the path, makes of it; None where that is outside, or nothing."""
        depth = next(n for n in range(1, len(parts) + 1) if self._find(parts[:n], {}) == (LINK, object_id))
        (content,) = self._repository.read_objects([object_id], "blob")
        whole = [*parts[: depth - 1]]
        for part in content.decode("utf-8", "surrogateescape").split("/"):
            if part == ".." and whole:
                whole.pop()
            elif part not in ("", ".", ".."):
                whole.append(part)
        return None if content.startswith(b"/") else self._find((*whole, *parts[depth:]), {})

    def folder_id(self) -> str:
        """The object id of the project's folder at this commit; empty where it is not there."""
        top = self._find(self._prefix.parts, self._prefetch([self._prefix.parts]))
        return top[1] if top is not None and top[0] == FOLDER else ""

    def file_id(self, path: PurePosixPath) -> str:
        """The object id of a plain file's content, without reading it; empty where there is none."""
        parts = _parts(self._prefix, path)
        entry = self._find(parts, self._prefetch([parts[:-1]]))
        return entry[1] if entry is not None and entry[0] not in _REFUSED else ""

    def exists(self, path: PurePosixPath) -> bool:
        """Whether anything but a folder is there. SourceError where the commit or a folder cannot be read."""
        try:
            parts = _parts(self._prefix, path)
        except SourceError:  # outside the project
            return False
        entry = self._find(parts, self._prefetch([parts[:-1]]))
        return entry is not None and entry[0] != FOLDER

    def _files(self, tree_id: str, base: str) -> Iterator[tuple[str, int, str]]:
        """All that is no folder below a folder, with its kind and id; folders of one depth are read in one round."""
        level, seen = [(base, tree_id)], 0
        while level:
            # A small commit can nest the same folder in itself until no memory holds its paths.
            seen += sum(len(self._cached_tree(each) or ()) + 1 for _, each in level)
            if seen > MAX_LISTED:
                where = f"{base or '.'} at {self.revision.label}"
                raise SourceError(f"more than {MAX_LISTED:,} files and folders lie there", where=where)
            self._load_trees([*dict.fromkeys(each for _, each in level if self._cached_tree(each) is None)])
            below: list[tuple[str, str]] = []
            for folder, folder_id in level:
                for name, (kind, object_id) in self._trees[folder_id].items():
                    if kind == FOLDER:
                        if name not in SKIPPED_FOLDERS:
                            below.append((f"{folder}{name}/", object_id))
                    else:
                        yield f"{folder}{name}", kind, object_id
            level = below

    def _file(self, parts: _Parts, path: PurePosixPath, prefetched: _Prefetched) -> str:
        """The id of the plain file there."""
        entry = self._find(parts, prefetched)
        if entry is None:
            raise SourceError(NO_SUCH_FILE, where=self._at(path))
        if entry[0] in _REFUSED:
            message, hint = _REFUSED[entry[0]]
            raise SourceError(message, where=self._at(path), hint=hint, code=UNREADABLE)
        return entry[1]

    def _contents(self, ids: Sequence[str], paths: Sequence[PurePosixPath]) -> _Contents:
        try:
            return self._repository.read_objects(ids, "blob")
        except SourceError as exc:
            if exc.where not in ids:
                raise
            raise type(exc)(exc.args[0], where=self._at(paths[ids.index(exc.where)]), hint=exc.hint) from exc

    def _at(self, path: PurePosixPath) -> str:
        return f"{path} at {self.revision.label}"

    # From the commit down, always by id

    def _find(self, parts: _Parts, prefetched: _Prefetched) -> _Entry | None:
        """What is there: its kind and id; a link or submodule on the way stands for all that would lie behind it."""
        entry = FOLDER, self._top(prefetched)
        for part in parts:
            if entry[0] in (LINK, SUBMODULE_ENTRY):
                return entry
            below = self._tree(entry[1], prefetched).get(part) if entry[0] == FOLDER else None
            if below is None:
                return None
            entry = below
        return entry

    def _top(self, prefetched: _Prefetched) -> str:
        if self._root is None:
            self._root = self._repository.tree_id(self._sha, prefetched.get(("commit", self._sha)))
            self._tree_cache.add_top(self._sha, self._root)
        return self._root

    def _tree(self, object_id: str, prefetched: _Prefetched) -> Tree:
        found = self._cached_tree(object_id)
        if found is None:
            if ("tree", object_id) in prefetched:
                return self._add_tree(object_id, prefetched["tree", object_id])
            self._load_trees([object_id])
            return self._trees[object_id]
        return found

    def _load_trees(self, tree_ids: Sequence[str]) -> None:
        for each, data in zip(tree_ids, self._repository.read_objects(tree_ids, "tree"), strict=True):
            self._add_tree(each, data)

    def _add_tree(self, object_id: str, data: bytes) -> Tree:
        found = self._trees[object_id] = parse_tree(data, object_id)
        self._tree_cache.add_tree(object_id, found)
        return found

    def _cached_tree(self, object_id: str) -> Tree | None:
        """The folder, if this commit or an earlier one has read it."""
        found = self._trees.get(object_id)
        if found is None and (found := self._tree_cache.tree(object_id)) is not None:
            self._trees[object_id] = found  # others may be dropped there; what this commit has met stays
        return found

    def _prefetch(self, paths: Iterable[_Parts]) -> _Prefetched:
        """Contents by id of what lies on the way to these paths and is not known yet, asked for by name in one round.

        A name is a guess that saves rounds and no more: what it brought is found again by the id its folder gives it,
        or not used. Whatever goes wrong here goes wrong again, and is told, where it is asked for by id.
        """
        names: dict[str, None] = {}
        for parts in paths:
            for depth in range(self._known_depth(parts), len(parts) + 1):
                names[f"{self._sha}:{'/'.join(parts[:depth])}"] = None
        if not names:
            return {}
        if self._root is None:
            names[self._sha] = None
        with suppress(SourceError):
            found = self._repository.lookup([name for name in names if "\n" not in name])
            return {(each.kind, each.id): each.data for each in found if each is not None and each.data is not None}
        return {}

    def _known_depth(self, parts: _Parts) -> int:
        """How many things on the way are known: none, the top folder, the folder in it …"""
        object_id = self._root
        for depth in range(len(parts) + 1):
            tree = self._cached_tree(object_id) if object_id is not None else None
            if tree is None:
                return depth
            if depth == len(parts) or depth == len(parts) - 1:
                return len(parts) + 1  # the last of them comes by the id that is known
            entry = tree.get(parts[depth])
            if entry is None or entry[0] != FOLDER:
                return len(parts) + 1  # there is nothing further
            object_id = entry[1]
        return len(parts) + 1


@lru_cache(maxsize=4096)
def _parts(prefix: PurePosixPath, path: PurePosixPath) -> _Parts:
    """The path from the repository's top folder. SourceError when it leads out of the project."""
    return (prefix / normalize_path(path)).parts
