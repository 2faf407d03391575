"""The hidden last line of a comment that a run wrote: which run it was, of which commit, and how far it had come.

Several runs edit one comment. By the stamp each sees whether what stands there is newer than what it has to say.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

State = Literal["running", "ended", "final"]
"""`running`: the results are still to come; `ended`: they will not come; `final`: they are there."""

_TEXT = "<!-- promptops run={run} attempt={attempt} head={head} state={state} -->"
_STAMP = re.compile(  # what a later version adds is passed over
    r"\n*<!-- promptops run=(\d{1,15}) attempt=(\d{1,6}) head=([0-9a-f]{40,64})? state=(running|ended|final)"
    r"(?: [\w=./]*)* -->\s*\Z",
    re.ASCII,
)


class CommentStamp(NamedTuple):
    """Who wrote: a workflow run's number, its attempt (1, 2, …), the full id of the commit, empty where unknown."""

    run: int
    attempt: int
    head: str
    state: State = "final"

    def is_by(self, other: CommentStamp) -> bool:
        """Whether both are of the same attempt of the same run."""
        return self[:2] == other[:2]

    def is_newer_than(self, other: CommentStamp) -> bool:
        """Whether this run, or this attempt of it, began later."""
        return self[:2] > other[:2]


def add_stamp(body: str, stamp: CommentStamp) -> str:
    """The comment's text with the stamp as its last line."""
    return f"{body.rstrip()}\n\n{_TEXT.format(**stamp._asdict())}"


def read_stamp(body: str) -> CommentStamp | None:
    """The stamp of a comment; None where it has none, as those of earlier versions."""
    found = _STAMP.search(body)
    if found is None:
        return None
    state: State = found[4]  # type: ignore[assignment]  # the pattern knows no other
    return CommentStamp(int(found[1]), int(found[2]), found[3] or "", state)


def without_stamp(body: str) -> str:
    """The comment's text without its stamp."""
    return _STAMP.sub("", body)
