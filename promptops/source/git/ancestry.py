"""Which commits lie behind another, as the commits' own bytes tell: whoever reads them has checked each by its id."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice

ReadCommits = Callable[[Sequence[str]], Sequence[bytes]]
"""The raw commits with these full ids, each checked against its id; it raises for one that is not here."""

_AT_ONCE = 1000
_PARENTS = re.compile(rb"tree [0-9a-f]{40,64}\n((?:parent [0-9a-f]{40,64}\n)*)")


def parent_ids(raw_commit: bytes) -> list[str]:
    """The full ids of a raw commit's parents; none where it is not made as git makes commits."""
    found = _PARENTS.match(raw_commit)
    return [line[7:] for line in found[1].decode().splitlines()] if found else []


class Ancestry:
    """What was read so far of who is whose parent; each commit is read once."""

    def __init__(self) -> None:
        self._parents: dict[str, tuple[str, ...]] = {}

    def unproven(self, commits: Collection[str], tip: str, proposed: Iterable[str], read: ReadCommits) -> set[str]:
        """Those of these commits (full ids) to which no chain of parents leads from `tip`, as far as can be told.

        `proposed` are ids of commits that may lie on the way, best in the order in which one comes to them. Nobody has
        to trust them: they say what is worth reading, and as many are taken as are needed.
        """
        wanted = set(commits) - {tip}
        reached, waiting = {tip}, [tip]
        rest = iter(proposed)
        while wanted:
            unread: list[str] = []
            while waiting:
                commit = waiting.pop()
                if commit not in self._parents:
                    unread.append(commit)
                    continue
                new = [parent for parent in self._parents[commit] if parent not in reached]
                reached.update(new)
                waiting += new
            wanted -= reached
            part = list(islice(rest, _AT_ONCE)) if wanted else []
            if not part:
                break
            waiting = unread
            new = [commit for commit in part if commit not in self._parents]
            for commit, data in zip(new, read(new), strict=True):
                self._parents[commit] = tuple(parent_ids(data))
        return wanted
