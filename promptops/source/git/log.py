"""A branch's past: which of its commits changed some files, and what each says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import SourceError
from promptops.model.outcomes.history import About
from promptops.source.git.attribution import beginning, people

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

_NUMBER = r"[0-9]{1,9}"


def commits_that_changed(
    repository: Repository, paths: Iterable[PurePosixPath], head: str, beyond: Sequence[str] = ()
) -> list[str]:
    """The commits up to `head` that changed one of these files, newest first; paths from the repository's top.

    Only first parents count: what a merged branch tried on its way never was this branch's own state. What is part of
    one of the commits `beyond` is left out. All ids are full ones. SourceError where git cannot read the past.
    """
    for each in (head, *beyond):
        repository.require_id(each)
    revisions = [head, *(f"^{each}" for each in beyond)]
    done = repository.run("rev-list", "--first-parent", *revisions, "--", *map(str, paths))
    if done.code:
        hint = "see what `git log` says there; a shallow clone may lack it: `git fetch --unshallow`"
        raise SourceError("git cannot read the history", where=str(repository.root), hint=hint)
    return done.out.split()


def parents(repository: Repository, commit: str) -> list[str]:
    """The ids of a commit's parents, as the commit itself tells them; in a shallow clone they may not be here."""
    head = repository.commit_bytes(commit).partition(b"\n\n")[0]
    return [found.decode() for found in re.findall(rb"^parent ([0-9a-f]{40})$", head, re.MULTILINE)]


def about(repository: Repository, commits: Sequence[str]) -> dict[str, About]:
    """What these commits (full ids) say of themselves. SourceError for one that is not here."""
    raw = dict(zip(commits, repository.read_objects(commits, "commit"), strict=True))
    found = {}
    for commit, data in raw.items():
        told = _read(data)
        merged = re.findall(rb"^parent ([0-9a-f]{40})$", data.partition(b"\n\n")[0], re.MULTILINE)
        if len(merged) == 2 and (branch := repository.ask([merged[1].decode()])[0]) and branch.data:
            told = told._replace(author=people(branch.data).author.name)
        found[commit] = told
    return found


def _read(data: bytes) -> About:
    named = people(data)
    lines = [line.strip() for line in beginning(data).split("\n") if line.strip()]
    title, number = _pull_request(lines)
    return About(named.author.name, named.when, title, number)


def _pull_request(lines: Sequence[str]) -> tuple[str, int | None]:
    """The title and number, as GitHub writes them into a merge (`Merge pull request #214 from …`) or a squash."""
    subject = lines[0] if lines else ""
    if found := re.match(rf"Merge pull request #({_NUMBER}) from ", subject):
        return (lines[1] if len(lines) > 1 else subject), int(found[1])
    if found := re.search(rf" \(#({_NUMBER})\)$", subject):
        return subject[: found.start()], int(found[1])
    return subject, None
