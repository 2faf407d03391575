"""The files of a project as git's work tree means them: those left out are there, and filtered ones are as stored."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import NoRepositoryError, SourceError
from promptops.model.revision import Revision
from promptops.source.callers_repository import callers_repository
from promptops.source.files.globs import SKIPPED_FOLDERS, glob_pattern
from promptops.source.files.worktree import Worktree
from promptops.source.source import SUBMODULE, SUBMODULE_HINT, UNREADABLE, normalize_path

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

_EXTENDED = 3
"""The first version of the index that can mark a file as left out."""
_FILTERS = re.compile(rb"filter|ident|working-tree-encoding")


class Checkout(Worktree):
    """A `Worktree` that knows of git, where there is one.

    A file that a sparse checkout leaves out is not deleted: it is read from the index. Nor is one of a work tree that
    was never checked out: it is read from the newest commit. Of a file that git changes on the way (`filter`, `ident`,
    `working-tree-encoding` in .gitattributes) it gives what git would store, as that is what applications are served.
    A submodule's files are refused: a commit names a submodule and holds nothing of it. No git is started where the
    index and the attributes say nothing of the kind.
    """

    def __init__(self, root: Path, revision: Revision | None = None) -> None:
        super().__init__(root, revision)
        self._index_state: object = ()
        self._skipped: Mapping[PurePosixPath, str] = {}
        self._filtered: dict[PurePosixPath, bool] = {}
        self._nested: dict[PurePosixPath, bool] = {}
        self._attributes: dict[PurePosixPath, Mapping[str, str]] = {}

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes; SourceError as a `Worktree`, or where git cannot give what it has."""
        try:
            data = super().read(path)
        except SourceError:
            if super().exists(path) or not (object_id := self._left_out(path)):
                raise
            return self._from_index(path, object_id)
        if self._top is None:
            return data
        folder = path.parent
        if self._is_nested(folder):
            raise SourceError(SUBMODULE, where=str(path), hint=SUBMODULE_HINT, code=UNREADABLE)
        return self._as_stored(normalize_path(path), data) if self._is_filtered(folder) else data

    def list(self, glob: str) -> list[PurePosixPath]:
        """Plain files matching the glob, sorted, also those that a sparse checkout leaves out."""
        found = super().list(glob)
        if skipped := self._skipped_files():
            fits = glob_pattern(glob).fullmatch
            more = (path for path in skipped if not SKIPPED_FOLDERS.intersection(path.parts) and fits(path.as_posix()))
            found = sorted({*found, *more})
        return found

    def exists(self, path: PurePosixPath) -> bool:
        """Whether a plain file is there, or left out by a sparse checkout."""
        return super().exists(path) or bool(self._left_out(path))

    def _left_out(self, path: PurePosixPath) -> str:
        skipped = self._skipped_files()
        if not skipped:
            return ""
        try:
            return skipped.get(normalize_path(path), "")
        except SourceError:  # outside the project
            return ""

    def _from_index(self, path: PurePosixPath, object_id: str) -> bytes:
        try:
            return self._repository.read_objects([object_id], "blob")[0]
        except SourceError as exc:
            raise type(exc)(exc.args[0], where=f"{path} (not checked out)", hint=exc.hint) from exc

    @cached_property
    def _top(self) -> Path | None:
        """The nearest folder upwards that is a work tree's top."""
        return work_tree_top(self.root) or self._callers_top

    @cached_property
    def _callers_top(self) -> Path | None:
        """The top of the work tree that the caller's environment names, where it holds the folder."""
        top = callers_repository().get("GIT_WORK_TREE")
        return Path(os.path.realpath(top)) if top and self.root.is_relative_to(os.path.realpath(top)) else None

    @cached_property
    def _git_folder(self) -> Path:
        """Where this work tree's index lies."""
        assert self._top is not None
        if not (self._top / ".git").exists() and self._top == self._callers_top:
            return Path(callers_repository()["GIT_DIR"])
        place = self._top / ".git"
        try:
            named = re.fullmatch(r"gitdir: (.*?)\n*", place.read_text("utf-8", "surrogateescape"), re.DOTALL)
        except OSError:  # a folder
            return place
        return self._top / named[1] if named else place

    @cached_property
    def _repository(self) -> Repository:
        from promptops.source.git.repository import Repository  # starts git

        assert self._top is not None
        return Repository(self._top)  # the root itself may be left out, with all that is in it

    def _skipped_files(self) -> Mapping[PurePosixPath, str]:
        """Read again when the index was written."""
        if self._top is None:
            return {}
        try:
            info = os.stat(self._git_folder / "index")
            state = (info.st_mtime_ns, info.st_size, info.st_ino)
        except OSError:  # nothing was ever checked out, or added
            state = None
        if state != self._index_state:
            self._skipped = self._read_skipped(has_index=state is not None)
            self._index_state = state
        return self._skipped

    def _read_skipped(self, *, has_index: bool) -> Mapping[PurePosixPath, str]:
        if not (_may_skip_files if has_index else _has_head)(self._git_folder):
            return {}
        from promptops.source.git.work_tree.index import committed_files, skipped_files

        find = skipped_files if has_index else committed_files
        try:
            return find(self._repository, self._repository.prefix(self.root))
        except NoRepositoryError:  # no git to ask
            return {}

    def _as_stored(self, path: PurePosixPath, data: bytes) -> bytes:
        from promptops.source.git.work_tree.attributes import changing_attributes, stored_content

        repository = self._repository
        place = repository.prefix(self.root) / path
        if place not in self._attributes:  # git is asked for all files of the folder: there may be hundreds
            beside = [place.parent / name for name in os.listdir(self.root / path.parent)]
            self._attributes.update(changing_attributes(repository, {place, *beside}))
        if not (given := self._attributes[place]):
            return data
        try:
            return stored_content(repository, place, data, given)
        except SourceError as exc:
            raise SourceError(exc.args[0], where=str(path), hint=exc.hint, code=exc.code) from exc

    def _is_nested(self, folder: PurePosixPath) -> bool:
        """Whether this folder, or one above it in the project, is the top of another repository."""
        if folder == PurePosixPath():
            return False
        if folder not in self._nested:
            self._nested[folder] = os.path.lexists(self.root / folder / ".git") or self._is_nested(folder.parent)
        return self._nested[folder]

    def _is_filtered(self, folder: PurePosixPath) -> bool:
        """Whether some file of attributes on the way to the folder's files speaks of filters."""
        if folder not in self._filtered:
            assert self._top is not None
            full = self.root / folder
            above = [each for each in (full, *full.parents) if each.is_relative_to(self._top)]
            files = [each / ".gitattributes" for each in above]
            # A sparse checkout leaves these out too, and git reads them from the index.
            is_left_out = _may_skip_files(self._git_folder) and not all(map(os.path.lexists, files))
            files.append(self._common / "info" / "attributes")
            self._filtered[folder] = is_left_out or any(map(_mentions_filters, files))
        return self._filtered[folder]

    @cached_property
    def _common(self) -> Path:
        """What all work trees of the repository share."""
        try:
            return self._git_folder / (self._git_folder / "commondir").read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            return self._git_folder


def work_tree_top(folder: Path) -> Path | None:
    """The nearest folder upwards in which git's own one lies, or a file that names it."""
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)


def _may_skip_files(git_folder: Path) -> bool:
    """Whether the index in this folder could mark files as left out, by a look at its first bytes."""
    try:
        with (git_folder / "index").open("rb") as file:
            head = file.read(8)
    except OSError:  # nothing was ever added
        return False
    # The index may be in two files, the other one of another version.
    return int.from_bytes(head[4:8], "big") >= _EXTENDED or any(git_folder.glob("sharedindex.*"))


def _has_head(git_folder: Path) -> bool:
    """Whether this may be a git folder at all. The one that a linked work tree names may be on another machine."""
    try:
        return (git_folder / "HEAD").stat().st_size > 0
    except OSError:
        return False


def _mentions_filters(attributes: Path) -> bool:
    """Whether this file of attributes names one that changes what is stored."""
    try:
        return _FILTERS.search(attributes.read_bytes()) is not None
    except OSError:
        return False
