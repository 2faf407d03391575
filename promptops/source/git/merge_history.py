"""Which merge introduced which commits to a branch, from one walk through its history.

The branch's own states are its first parents: each of them *introduced* the commits of the branch that it merged.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.source.git.log import read_history

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

_TIMEOUT = 600.0
"""Seconds for the whole walk."""
_SETTINGS = ("core.commitGraph=false", "log.showRoot=true", "log.showSignature=false", "log.follow=false")
_MARK = "\x02"
_OPTIONS = (
    "--stdin",
    "--full-history",  # every parent
    "--sparse",  # every commit, also one that changed none of the files
    "--diff-merges=first-parent",
    "--no-renames",
    "--no-ext-diff",
    "--name-only",
    "-z",
    f"--format={_MARK}%H{_MARK}%P",
)


class MergeHistory:
    """The commits up to `head` and `more` (full ids), and what each changed, against its first parent, below `places`.

    `places` are files and folders from the repository's top. SourceError where git cannot read the history. In a
    shallow clone the oldest commits have no parents, and look as if they had changed everything.
    """

    def __init__(
        self, repository: Repository, head: str, more: Collection[str], places: Iterable[PurePosixPath]
    ) -> None:
        self.parents: dict[str, tuple[str, ...]] = {}
        self._changed: dict[str, list[str]] = {}
        commit = ""
        commits = dict.fromkeys([head, *more])
        below = [text for text in map(str, places) if "\n" not in text]  # git takes a line for each
        asked = "\n".join([*commits, "--", *below, ""])
        settings = [word for each in _SETTINGS for word in ("-c", each)]
        out = read_history(repository, [*settings, "log", *_OPTIONS], commits, text=asked, timeout=_TIMEOUT)
        for word in out.split("\0"):
            if word.startswith(_MARK):
                _, commit, parents = word.split(_MARK)
                self.parents[commit] = tuple(parents.split())
            elif word:
                self._changed.setdefault(commit, []).append(word.removeprefix("\n"))
        self._line = list(self._first_parents(head))
        self._place = {commit: number for number, commit in enumerate(self._line)}

    def changes(self, commit: str, files: Collection[str]) -> Iterator[str]:
        """The commits that changed one of these files along the first parents of `commit`, newest first."""
        wanted = set(files)
        for each in self._first_parents(commit):
            if each in self._place:  # from here on it is known where to look
                start = self._place[each]
                places = (self._of(file, start) for file in wanted)
                yield from (self._line[number] for number, _ in groupby(heapq.merge(*places)))
                return
            if not wanted.isdisjoint(self.files(each)):
                yield each

    def files(self, commit: str) -> list[str]:
        """The files that the commit changed against its first parent."""
        return self._changed.get(commit, [])

    def introduced_by(self, commit: str) -> str | None:
        """The commit of the branch that introduced this one (itself, if it is of the branch); None: none did."""
        return self._merge_of.get(commit)

    def introduced_together(self, merge: str, commit: str) -> list[str]:
        """`commit` and those before it that came to the branch with the same `merge`, newest first as a rule."""
        found, waiting = {commit: None}, deque([commit])
        while waiting:
            for parent in self.parents.get(waiting.popleft(), ()):
                if parent not in found and self._merge_of.get(parent) == merge:
                    found[parent] = None
                    waiting.append(parent)
        return list(found)

    def _first_parents(self, commit: str) -> Iterator[str]:
        following: str | None = commit
        while following is not None and following in self.parents:
            yield following
            following = next(iter(self.parents[following]), None)

    def _of(self, file: str, start: int) -> list[int]:
        """The places in the branch, from `start` on, where the file was changed."""
        places = self._positions.get(file, [])
        return places[bisect_left(places, start) :]

    @cached_property
    def _positions(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, commit in enumerate(self._line):
            for file in self.files(commit):
                found.setdefault(file, []).append(number)
        return found

    @cached_property
    def _merge_of(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for commit in reversed(self._line):
            waiting = [commit]
            while waiting:
                each = waiting.pop()
                if each not in found:
                    found[each] = commit
                    waiting += self.parents.get(each, ())
        return found
