"""Many files of many commits found at once: folder after folder, and a folder that commits share is read once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from promptops.source.git.trees.raw_tree import FOLDER, is_plain_file, tree_entries

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

AT_ONCE = 200
"""Objects that are asked for in one go."""
MOST_BYTES = 24 * 1024 * 1024
"""Of folders that are kept for the next walk: those of about 4,000 commits of a project with 3,000 prompts."""

_T = TypeVar("_T")
_Waiting = dict[str, list[tuple[str, PurePosixPath, int]]]
"""By a folder's id: the commits and paths that lead through it, and how many parts of the path are behind."""


class TreeWalk:
    """Walks through one repository's commits. Folders are kept as git has them, which takes a fifth of the memory."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._tops: dict[str, str] = {}
        self._folders: dict[str, bytes] = {}
        self._bytes = 0

    def find(self, wanted: Mapping[str, Iterable[PurePosixPath]]) -> dict[str, dict[PurePosixPath, str]]:
        """For each commit (full id), of these paths from the repository's top the plain files, each with its object id.

        What is not there, or is a link or a folder, is left out. SourceError for a commit or folder that cannot be
        read.
        """
        self._load_tops([*wanted])
        found: dict[str, dict[PurePosixPath, str]] = {commit: {} for commit in wanted}
        waiting: _Waiting = {}
        for commit, paths in wanted.items():
            waiting.setdefault(self._tops[commit], []).extend((commit, path, 0) for path in paths)
        while waiting:
            below: _Waiting = {}
            for folder, data in self._load_folders([*waiting]):
                names = {path.parts[depth] for _, path, depth in waiting[folder]}
                entries = tree_entries(data, folder, names)
                for commit, path, depth in waiting[folder]:
                    kind, object_id = entries.get(path.parts[depth], (0, ""))
                    if depth + 1 < len(path.parts):
                        if kind == FOLDER:
                            below.setdefault(object_id, []).append((commit, path, depth + 1))
                    elif object_id and is_plain_file(kind):
                        found[commit][path] = object_id
            waiting = below
        return found

    def _load_tops(self, commits: Collection[str]) -> None:
        for part in batches((commit for commit in commits if commit not in self._tops), AT_ONCE):
            for commit, data in zip(part, self._repository.read_objects(part, "commit"), strict=True):
                self._tops[commit] = self._repository.tree_id(commit, data)

    def _load_folders(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each folder's raw object, a part of them at a time."""
        for part in batches(ids, AT_ONCE):
            known = {each: self._folders[each] for each in part if each in self._folders}
            unread = [each for each in part if each not in known]
            read = dict(zip(unread, self._repository.read_objects(unread, "tree"), strict=True))
            for each, data in read.items():
                if self._bytes + len(data) <= MOST_BYTES:
                    self._bytes += len(data)
                    self._folders[each] = data
            yield from known.items()
            yield from read.items()


def batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """The items in their order, `size` at a time."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
