"""Git's log: which commits changed some files, and what each says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from promptops.model.outcomes.history import CommitSummary
from promptops.source.git.ancestry import parent_ids
from promptops.source.git.attribution import message_start, parse_people
from promptops.source.git.errors import unreadable_history

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

_NOTE = "%H%x00%an%x00%at%x00%s"
_NUMBER = r"[0-9]{1,9}"


def commits_that_changed(
    repository: Repository,
    paths: Iterable[PurePosixPath],
    head: str,
    beyond: Sequence[str] = (),
    most: int | None = None,
) -> list[str]:
    """The commits (at `most`) up to `head` that changed one of these files, newest first; paths from the top.

    Only first parents count: what a merged branch tried on its way never was this branch's own state. What is part of
    one of the commits `beyond` is left out. A file's former names are not followed. All ids are full ones. SourceError
    where git cannot read the history.
    """
    options = ["--first-parent", *([] if most is None else [f"--max-count={most}"])]
    return _rev_list(repository, options, [head], beyond, paths)


def last_change(repository: Repository, paths: Iterable[PurePosixPath], head: str) -> str | None:
    """The last commit, up to `head` (a full id), that changed one of these files; paths from the repository's top.

    None where it cannot be told: a shallow clone's oldest commit looks as if it had changed everything.
    """
    found = [] if repository.is_shallow() else _rev_list(repository, ["--max-count=1"], [head], (), paths)
    return found[0] if found else None


def commit_summaries(repository: Repository, commits: Iterable[str]) -> dict[str, CommitSummary]:
    """Author, time and subject of these commits (full ids); those that are not here are left out."""
    wanted = [*dict.fromkeys(commits)]
    if not wanted:
        return {}
    options = ["--no-walk=unsorted", "--ignore-missing", "--encoding=UTF-8", f"--format={_NOTE}"]
    found: dict[str, CommitSummary] = {}
    for line in _rev_list(repository, options, wanted):
        commit, *about = line.split("\0")
        if len(about) == 3:
            author, when, subject = about
            found[commit] = CommitSummary(author, int(when) if when.isdecimal() else 0, subject)
    return found


def parents(repository: Repository, commit: str) -> list[str]:
    """The ids of a commit's parents, as the commit itself tells them; in a shallow clone they may not be here."""
    return parent_ids(repository.commit_bytes(commit))


def pull_request_titles(repository: Repository, commits: Sequence[str]) -> dict[str, CommitSummary]:
    """What these commits (full ids) say of themselves, a merge by the author of what it merged.

    SourceError for one that is not here.
    """
    told = dict(zip(commits, repository.read_objects(commits, "commit"), strict=True))
    branches = {commit: merged[1] for commit, data in told.items() if len(merged := parent_ids(data)) == 2}
    heads = dict(zip(branches, repository.lookup([*branches.values()]), strict=True))
    found = {}
    for commit, data in told.items():
        people, head = parse_people(data), heads.get(commit)
        title, number = _pull_request([line.strip() for line in message_start(data).split("\n") if line.strip()])
        author = parse_people(head.data).author if head is not None and head.data else people.author
        found[commit] = CommitSummary(author.name, people.when, title, number)
    return found


def _rev_list(
    repository: Repository,
    options: Sequence[str],
    commits: Sequence[str],
    beyond: Sequence[str] = (),
    paths: Iterable[PurePosixPath] = (),
) -> list[str]:
    revisions = [*commits, *(f"^{each}" for each in beyond)]
    arguments = ["rev-list", *options, *revisions, "--", *map(str, paths)]
    return read_history(repository, arguments, [*commits, *beyond]).splitlines()


def read_history(
    repository: Repository, arguments: Sequence[str], commits: Iterable[str], text: str = "", timeout: float = 0
) -> str:
    """What git prints about these commits. Nothing but full ids reaches it as a revision."""
    for each in commits:
        repository.require_id(each)
    done = repository.run(*arguments, text=text, timeout=timeout)
    if done.code:
        raise unreadable_history(str(repository.root), done.err)
    return done.out


def _pull_request(lines: Sequence[str]) -> tuple[str, int | None]:
    """The title and number, as GitHub writes them into a merge (`Merge pull request #214 from …`) or a squash."""
    subject = lines[0] if lines else ""
    if found := re.match(rf"Merge pull request #({_NUMBER}) from ", subject):
        return (lines[1] if len(lines) > 1 else subject), int(found[1])
    if found := re.search(rf" \(#({_NUMBER})\)$", subject):
        return subject[: found.start()], int(found[1])
    return subject, None


class FileVersion(NamedTuple):
    """What a commit (full id) made of a file: its content's object id, empty where the commit took it away.

    What is no plain file (a link, a submodule) is `unreadable`.
    """

    commit: str
    path: PurePosixPath
    object_id: str
    unreadable: bool = False


def file_versions(repository: Repository, paths: Iterable[PurePosixPath], head: str) -> list[list[FileVersion]]:
    """How these files came to be what they are at `head` (a full id): the changes, commit by commit, oldest first.

    Paths are from the repository's top. Only first parents count, as in `commits_that_changed`; a file's former names
    are not followed. SourceError where git cannot read the history.
    """
    options = ["--first-parent", "--diff-merges=first-parent", "--raw", "--no-abbrev", "--no-renames", "-z"]
    settings = ["-c", "core.commitGraph=false", "-c", "log.showRoot=true", "-c", "log.showSignature=false"]
    arguments = [*settings, "log", *options, "--format=%x02%H", head, "--", *map(str, paths)]
    found: list[list[FileVersion]] = []
    for commit in read_history(repository, arguments, [head]).split("\x02")[1:]:
        name, *words = commit.removesuffix("\0").split("\0")
        changes = []
        for what, path in zip(words[::2], words[1::2], strict=False):
            _, mode, _, object_id, status = what.strip().split(" ")
            gone = status.startswith("D")
            changes.append(
                FileVersion(name, PurePosixPath(path), "" if gone else object_id, not mode.startswith("100"))
            )
        found.append([each._replace(unreadable=each.unreadable and bool(each.object_id)) for each in changes])
    return found[::-1]
