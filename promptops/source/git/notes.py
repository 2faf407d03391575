"""Results beside commits: git notes below `refs/notes/promptops`, one line of text for each result.

Several writers never lose one another's lines: a note is a set of lines, sorted, and two notes merge into their union
(what git calls cat_sort_uniq). What cannot be understood is kept as it is.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from promptops.errors import SourceError
from promptops.model.revision import is_full_id
from promptops.source.git.commit import Commit
from promptops.source.git.writer import FileChange, GitSettings, commit_files, fetch_ref, move_ref, push_ref

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

REF = "refs/notes/promptops"
FETCH = f"git fetch origin {REF}:{REF}"
MOST_BYTES = 8 * 1024 * 1024
"""Of one note; a longer one is passed over, and never written."""

_FETCH_SECONDS = 30.0
"""Whoever pins or checks waits for them, and goes on without."""
_TRIES = 8
_AT_ONCE = 16
"""Notes read in one round. Anybody who may push can write them as large as git reads anything."""
_THEIRS = "refs/promptops/remotes/{remote}/notes"


def notes_tip(repository: Repository, ref: str = REF) -> str | None:
    """The commit that holds all notes; None where there are no notes."""
    [found] = repository.lookup([f"{ref}^{{commit}}"])
    return found.id if found is not None else None


def read_notes(repository: Repository) -> Iterator[tuple[str, bytes]]:
    """Each annotated commit (full id) and its note, read many at a time. SourceError for notes that cannot be read."""
    head = notes_tip(repository)
    places = [*_note_paths(repository, head).items()] if head else []
    for start in range(0, len(places), _AT_ONCE):
        part = places[start : start + _AT_ONCE]
        answers = iter(repository.lookup([each for _, found in part for each in found.values()]))
        for commit, found in part:
            data = [answer.data for answer in (next(answers) for _ in found) if answer and answer.kind == "blob"]
            yield commit, b"\n".join(each for each in data if each is not None and len(each) <= MOST_BYTES)


def add_note_lines(repository: Repository, lines: Mapping[str, Sequence[str]]) -> bool:
    """Add these lines to the notes of these commits (full ids). Returns whether anything was new.

    Safe beside other writers on this machine. SourceError for a commit that is not here, or when git cannot write.
    """
    repository.read_objects([*lines], "commit")
    for number in range(_TRIES):
        head = notes_tip(repository)
        places = _note_paths(repository, head) if head else {}
        changes = [
            change
            for commit, new in lines.items()
            for change in _rewritten(repository, commit, places.get(commit, {}), new)
        ]
        if not changes:
            return False
        if commit_files(repository, REF, changes, [head] if head else [], "promptops: results\n"):
            return True
        time.sleep(random.uniform(0.0, 0.05) * number)  # noqa: S311 - only so that two do not go on meeting
    raise SourceError(f"others keep writing {REF}", where=str(repository.root), hint="try again in a moment")


def sync_notes(
    repository: Repository,
    remote: str = "origin",
    settings: GitSettings | None = None,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Merge the remote's notes into those here, and push the outcome; again, while others push in between.

    Returns how often it was tried. SourceError when the remote cannot be reached or refuses.
    """
    theirs = _THEIRS.format(remote=remote)
    for number in range(1, _TRIES + 1):
        # What an earlier fetch brought says nothing of a remote that has no notes now.
        if has_notes := fetch_ref(repository, remote, REF, theirs, settings):
            merge_notes(repository, theirs)
        if notes_tip(repository) is None or (has_notes and notes_tip(repository) == notes_tip(repository, theirs)):
            return number
        if push_ref(repository, remote, REF, settings) == "pushed":
            return number
        sleep(random.uniform(0.1, 0.5) * number)  # noqa: S311 - only so that two do not go on meeting
    message = f"others pushed notes each time, {_TRIES} times"
    raise SourceError(message, where=remote, hint="the results are kept here; push them again in a moment")


def fetch_notes(repository: Repository, remote: str = "origin", settings: GitSettings | None = None) -> None:
    """Let the notes here hold those of the remote too. SourceError when it cannot be asked within half a minute."""
    theirs = _THEIRS.format(remote=remote)
    if fetch_ref(repository, remote, REF, theirs, settings, seconds=_FETCH_SECONDS):
        merge_notes(repository, theirs)


def merge_notes(repository: Repository, ref: str) -> None:
    """Let the notes here hold the lines of `ref` too. It cannot conflict."""
    for _ in range(_TRIES):
        ours, theirs = notes_tip(repository), notes_tip(repository, ref)
        if theirs is None or ours == theirs or (ours and not repository.unreachable([theirs], ours)):
            return
        if ours is None or not repository.unreachable([ours], theirs):
            done = move_ref(repository, REF, theirs, ours or "")
        else:
            changes = _union(repository, _note_paths(repository, ours), _note_paths(repository, theirs))
            done = commit_files(repository, REF, changes, [ours, theirs], "promptops: merge results\n")
        if done:
            return
    raise SourceError(f"others keep writing {REF}", where=str(repository.root), hint="try again in a moment")


_NotePaths = dict[str, dict[str, str]]
"""Commit → where its note lies in the notes' tree (git may spread it over folders), and the blob's id."""


def _note_paths(repository: Repository, head: str) -> _NotePaths:
    found: _NotePaths = {}
    for path, blob in Commit(repository, head).entries("**").items():
        commit = path.as_posix().replace("/", "")
        if is_full_id(commit):  # whatever else lies there is no note
            found.setdefault(commit, {})[path.as_posix()] = blob
    return found


def _union(repository: Repository, ours: _NotePaths, theirs: _NotePaths) -> list[FileChange]:
    changes: list[FileChange] = []
    for commit, found in theirs.items():
        here = ours.get(commit, {})
        if set(found.values()) <= set(here.values()):
            continue
        if not here and len(found) == 1:
            changes += [FileChange(_path(commit), object_id=blob) for blob in found.values()]
        else:
            changes += _rewritten(repository, commit, here, _lines(repository, found.values()))
    return changes


def _rewritten(
    repository: Repository, commit: str, here: Mapping[str, str], new: Sequence[str]
) -> Iterator[FileChange]:
    """The changes that give the commit's note these lines too; none when it has them."""
    known = set(_lines(repository, here.values()))
    if known.issuperset(new):
        return
    text = "".join(f"{line}\n" for line in sorted(known.union(new)))
    if len(text.encode()) > MOST_BYTES:
        hint = f"the note of this commit is full: git notes --ref=promptops remove {commit}"
        raise SourceError(f"a note may have {MOST_BYTES:,} bytes", where=commit, hint=hint)
    path = next(iter(here), _path(commit))
    yield FileChange(path, text)
    yield from (FileChange(other) for other in here if other != path)


def _lines(repository: Repository, blobs: Iterable[str]) -> list[str]:
    found = []
    for data in repository.read_objects([*blobs], "blob"):
        found += [line for line in data.decode("utf-8", "replace").split("\n") if line]
    return found


def _path(commit: str) -> str:
    return f"{commit[:2]}/{commit[2:]}"
