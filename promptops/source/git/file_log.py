"""What git knows about commits: who made them, and which of them changed a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import SourceError
from promptops.model.outcomes.pin_change import CommitNote

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

_FORMAT = "%H%x00%an%x00%at%x00%s"


def describe(repository: Repository, commits: Iterable[str]) -> dict[str, CommitNote]:
    """Author, time and subject of these commits (full ids); those that are not here are left out."""
    wanted = dict.fromkeys(commits)
    if not wanted:
        return {}
    arguments = ["--no-walk=unsorted", "--ignore-missing", "--encoding=UTF-8", f"--format={_FORMAT}"]
    found: dict[str, CommitNote] = {}
    for line in _rev_list(repository, [*arguments, *map(_full, wanted)]):
        commit, *told = line.split("\0")
        if len(told) == 3:
            author, when, subject = told
            found[commit] = CommitNote(author, int(when) if when.isdecimal() else 0, subject)
    return found


def commits_of(repository: Repository, path: PurePosixPath, head: str, most: int) -> list[str]:
    """The last commits that changed the file, newest first; `path` from the repository's top, `head` a full id.

    Only first parents count: what a merged branch tried on its way never was the branch's own state. A file's former
    names are not followed.
    """
    arguments = ["--first-parent", f"--max-count={most}", _full(head), "--", str(path)]
    return list(_rev_list(repository, arguments))


def last_change(repository: Repository, paths: Iterable[PurePosixPath], head: str) -> str | None:
    """The last commit, up to `head` (a full id), that changed one of these files; paths from the repository's top.

    None where it cannot be told: a shallow clone's oldest commit looks as if it had changed everything.
    """
    if repository.is_shallow():
        return None
    found = _rev_list(repository, ["--max-count=1", _full(head), "--", *map(str, paths)])
    return found[0] if found else None


def _full(commit: str) -> str:
    """Nothing but a full id reaches git's command line."""
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise SourceError("not a full object id", where=commit)
    return commit


def _rev_list(repository: Repository, arguments: list[str]) -> list[str]:
    done = repository.run("rev-list", *arguments)
    if done.code:
        hint = "see what `git log` says there; a shallow clone may lack it: `git fetch --unshallow`"
        raise SourceError("git cannot read the history", where=str(repository.root), hint=hint)
    return done.out.splitlines()
