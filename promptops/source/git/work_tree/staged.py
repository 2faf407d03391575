"""What the commit that is being made will hold: git's index, whatever the work tree has besides."""

from __future__ import annotations

import os
import shutil
from pathlib import PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from promptops.errors import SourceError
from promptops.model.revision import Revision, is_full_id
from promptops.source.git.commit import Commit
from promptops.source.git.errors import unreadable_error
from promptops.source.git.prefetch import PrefetchedCommit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promptops.source.git.process import GitOutput
    from promptops.source.git.repository import Repository


def staged_tree(repository: Repository, index: str = "") -> str:
    """The full id of the top folder that the commit will have; git keeps the folders, as for the commit itself.

    `index` is what git names in `GIT_INDEX_FILE`: with `git commit FILE` the commit is made of an index of its own.
    SourceError while files are in conflict.
    """
    file = repository.root / index if index else repository.git_folder / "index"
    with TemporaryDirectory() as folder:  # of a copy: git writes into an index what it has worked out of it
        copy = os.path.join(folder, "index")
        try:
            shutil.copyfile(file, copy)
        except FileNotFoundError:  # nothing was ever added
            pass
        except OSError as exc:
            raise SourceError(f"git's index cannot be read: {exc.strerror or exc}", where=str(file)) from exc
        done = repository.run("write-tree", "--missing-ok", environment={"GIT_INDEX_FILE": copy})
    if done.code and "unmerged" in done.err:
        message, hint = "some files are still in conflict", "settle them, then `git add` each: `git status` lists them"
        raise SourceError(message, where=str(repository.root), hint=hint)
    return _output(repository, done).strip()


def coming_parents(repository: Repository) -> list[str]:
    """The commits (full ids) that the next one will stand upon: HEAD, and in a merge what is merged. None at first."""
    head = repository.head()
    try:
        merged = (repository.git_folder / "MERGE_HEAD").read_text("ascii", "replace").split()
    except OSError:
        merged = []
    return [*([head] if head else []), *filter(is_full_id, merged)]


def all_paths(repository: Repository, tree: str) -> frozenset[PurePosixPath]:
    """Every path of the tree, from the repository's top."""
    return _paths(repository, "ls-tree", tree)


def changed_paths(repository: Repository, tree: str, parents: Sequence[str]) -> frozenset[PurePosixPath]:
    """What the tree has otherwise than each of the commits; what a merge takes over as it is, is not among it."""
    if not parents:
        return all_paths(repository, tree)
    return frozenset.intersection(
        *(_paths(repository, "diff-tree", "--no-renames", "--no-ext-diff", each, tree) for each in parents)
    )


def tree_files(repository: Repository, tree: str, prefix: PurePosixPath) -> PrefetchedCommit:
    """The files of the project below `prefix` in the tree, which is in no commit yet."""
    repository.tree_cache.add_top(tree, tree)
    found = Commit(repository, tree, prefix)
    found.revision = Revision()
    return PrefetchedCommit(found)


def _paths(repository: Repository, command: str, *arguments: str) -> frozenset[PurePosixPath]:
    done = repository.run(command, "-r", "-z", "--name-only", *arguments)
    return frozenset(PurePosixPath(name) for name in _output(repository, done).split("\0") if name)


def _output(repository: Repository, done: GitOutput) -> str:
    if done.code:
        raise unreadable_error(str(repository.root), done.err)
    return done.out
