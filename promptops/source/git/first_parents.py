"""The states that a branch itself had: its tip and that commit's first parents, as the commits' own bytes tell.

What a merged branch tried on its way is no state of the branch it was merged into.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from promptops.source.git.ancestry import parent_ids
from promptops.source.git.cat_file import damaged_object
from promptops.source.git.log import read_history

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

_AT_ONCE = 1000
_STEPS = (1_000, 30_000, 2**31 - 1)
_TIMEOUT = 600.0
"""Seconds for the whole walk."""
_COMMITTED = re.compile(rb"\ncommitter [^\n]* (\d{1,18}) [-+]\d+\n")
_SETTINGS = ("core.commitGraph=false", "log.showRoot=true", "log.showSignature=false", "log.follow=false")
_MARK = "\x02"
_OPTIONS = (
    "--stdin",
    "--first-parent",
    "--diff-merges=first-parent",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
    "-z",
    f"--format={_MARK}%H",
)


class BlobChange(NamedTuple):
    """What a commit made of a file: the ids of its content before and after, empty where it was no plain file."""

    commit: str
    before: str
    after: str


class FirstParentLine:
    """The branch whose last commit is `tip` (a full id), read from there only as far back as somebody asks.

    Git proposes which commits lie on it; that each is the first parent of the one after it is proven by their bytes.
    """

    def __init__(self, repository: Repository, tip: str) -> None:
        repository.require_id(tip)
        self._repository = repository
        self.tip = tip
        self._places: dict[str, tuple[int, int]] = {}  # how far back, and when it was made
        self._next = tip
        self._proposed = _first_parents(repository, tip)

    def holding(self, commits: Iterable[str]) -> set[str]:
        """Those of these commits that the branch itself stood on. DamagedError where its history cannot be read."""
        wanted = set(commits)
        while not wanted <= self._places.keys() and self._read_on():
            pass
        return wanted & self._places.keys()

    def depth(self, commit: str) -> int:
        """How many states a commit that is held lies behind the tip."""
        return self._places[commit][0]

    def time(self, commit: str) -> int:
        """When a commit that is held was made, in seconds since 1970."""
        return self._places[commit][1]

    def changes(self, places: Collection[str]) -> dict[str, list[BlobChange]]:
        """By file, the changes of it below these places (from the repository's top) by commits that are held.

        Each is against the first parent, the newest first. It is what git says of them; nothing of it is proven.
        SourceError where git cannot read on.
        """
        found: dict[str, list[BlobChange]] = {}
        asked = "\n".join([self.tip, "--", *(place for place in places if "\n" not in place), ""])
        settings = [word for each in _SETTINGS for word in ("-c", each)]
        out = read_history(self._repository, [*settings, "log", *_OPTIONS], [self.tip], text=asked, timeout=_TIMEOUT)
        commit, words = "", iter(out.split("\0"))
        for word in words:
            if word.startswith(_MARK):
                commit = word[len(_MARK) :]
            elif word:
                file, (mode_before, mode_after, before, after, _) = next(words), word.lstrip("\n:").split(" ")
                if commit in self._places:
                    change = BlobChange(commit, _plain(mode_before, before), _plain(mode_after, after))
                    found.setdefault(file, []).append(change)
        return found

    def _read_on(self) -> bool:
        """Read some more of it; False at its end."""
        part = list(islice(self._proposed, _AT_ONCE))
        for commit, data in zip(part, self._repository.read_objects(part, "commit"), strict=True):
            if commit != self._next:
                raise damaged_object(self.tip)
            self._places[commit] = len(self._places), commit_time(data)
            self._next = next(iter(parent_ids(data)), "")
        return bool(part)


def commit_time(raw_commit: bytes) -> int:
    """When a commit was made, as it says itself, in seconds since 1970; 0 where it does not."""
    told = _COMMITTED.search(raw_commit)
    return int(told[1]) if told else 0


def _first_parents(repository: Repository, tip: str) -> Iterator[str]:
    """The line as git has it; it goes no further back than somebody wants to know."""
    known = 0
    for most in _STEPS:
        command = ("-c", "core.commitGraph=false", "rev-list", "--first-parent", f"--max-count={most}", tip)
        done = repository.run(*command)
        if done.code:  # the tip is here, so it is something on the way
            raise damaged_object(tip)
        listed = done.out.split()
        yield from listed[known:]
        if len(listed) < most:
            return
        known = len(listed)


def _plain(mode: str, object_id: str) -> str:
    return object_id if mode.startswith("100") else ""
