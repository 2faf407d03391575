"""What lies in `.promptops/` counts as answers of models and results of runs, so only what this user made is read.

A commit could bring made-up replies and results along, a link could lead to another project's, and on a shared machine
another user could have put them there. Where git cannot say what the commit holds, nothing there is believed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from promptops.errors import SourceError, StoreError

STATE = ".promptops"
"""The folder of a project's caches and results."""


def require_own_state(state: Path) -> None:
    """StoreError where this `.promptops` folder is part of the commit, holds a link, or is another user's.

    One that does not exist is nobody's. SourceError where there is a repository that git cannot read.
    """
    if not os.path.lexists(state):
        return
    if _is_committed(state):
        raise StoreError(
            "this folder came with the commit: whoever wrote it could have made up replies and results",
            where=STATE,
            hint=f"delete it: git rm -r {STATE} (`git rm -r --cached {STATE}` keeps the files: only if they are yours)",
        )
    users = _own_users(state.parent)
    for path, status in _entries(state):
        where = path.relative_to(state.parent).as_posix()
        if os.path.islink(path):
            hint = "remove the link; what is to lie elsewhere is named with --out DIR"
            message = "this is a link, and replies and results are kept in this folder only"
            raise StoreError(message, where=where, hint=hint)
        if users and status.st_uid not in users:
            hint = "remove it, or make it yours if you know where it comes from: chown"
            raise StoreError(f"this belongs to another user (number {status.st_uid})", where=where, hint=hint)


def require_own_results(folder: Path) -> None:
    """The same for a folder or file that somebody named, where it lies in a project's `.promptops`."""
    path = Path(os.path.abspath(folder))
    for place in (path, *path.parents):
        if place.name.casefold() == STATE:
            require_own_state(place)


def _is_committed(state: Path) -> bool:
    """Whether git's index or the newest commit has it, in whichever case: some disks know no capital letters."""
    # Most commands have a workspace and never ask for its state: git's modules are 5 ms for nothing.
    from promptops.source.git.repository import Repository
    from promptops.source.git.tracked import is_tracked

    try:
        repository = Repository(state.parent)
    except SourceError:
        if any(os.path.lexists(folder / ".git") for folder in (state.parent, *state.parent.parents)):
            raise
        return False
    with closing(repository):
        return is_tracked(repository, repository.prefix(state.parent) / state.name)


def _own_users(root: Path) -> frozenset[int]:
    """This user, and whoever the project's folder belongs to; none where the system knows no such numbers."""
    return frozenset({os.getuid(), root.stat().st_uid}) if hasattr(os, "getuid") else frozenset()


def _entries(state: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The folder and all that lies in it; links are named, not followed."""
    status = state.lstat()
    yield state, status
    waiting = [] if state.is_symlink() or not state.is_dir() else [state]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as listed:
                entries = [(entry, entry.stat(follow_symlinks=False)) for entry in listed]
        except OSError:  # gone meanwhile, or not to be read: then nobody reads it
            continue
        for entry, status in entries:
            yield Path(entry.path), status
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
