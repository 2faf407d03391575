"""One comment of ours on a pull request or merge request, edited in place.

Ours is what carries our hidden marker at its very start *and* our own login: anybody can write the marker. Of several
the oldest is edited, one that people hid is left alone, one that was deleted is written anew.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import NamedTuple

from promptops.errors import ForgeError
from promptops.forge.protocol import Comment, Forge

MAX_COMMENT = 65_536
"""Characters of one comment: GitHub takes no more, and nobody reads the 1,000,000 that GitLab takes."""
_CUT = "\n\n… the rest is left out: a comment holds no more."
_TRIES = 3
Compose = Callable[[Comment | None], str]
"""What the comment is to say, where this stands there now. It may raise: then nothing is written."""


class PostedComment(NamedTuple):
    """The comment as it is now; `created` when there was none to edit."""

    id: int
    url: str
    created: bool


class StickyComment:
    """The comment with this marker on one change request; once found, it is edited without looking for it again."""

    def __init__(self, forge: Forge, number: int, marker: str) -> None:
        self._forge = forge
        self._number = number
        self._marker = marker
        self._id: int | None = None

    def read(self) -> Comment | None:
        """The comment as it stands now; None where there is none, it was deleted, or people hid it. ForgeError."""
        if self._id is not None and (known := self._known()) is not None:
            return known
        mine = find_own_comment(self._forge, self._number, self._marker)
        self._id = mine.id if mine else None
        return mine

    def forget(self) -> None:
        """Look for the comment again the next time."""
        self._id = None

    def put(self, body: str | Compose, *, patience: float | None = None) -> PostedComment:
        """Make the comment say `body`, which begins with the marker. Raises ForgeError where that cannot be done.

        A function is told before each try what stands there. With `patience`, the forge's limits are waited for no
        longer than so many seconds.
        """
        with nullcontext() if patience is None else self._forge.wait_at_most(patience):
            for tries_left in reversed(range(_TRIES)):
                try:
                    if isinstance(body, str):
                        self._id = self._id or self._find()
                        return self._put(body)
                    return self._put(body(self.read()))
                except ForgeError as exc:
                    gone = self._id is not None and exc.status in (404, 410)
                    self._id = None  # look again: it was deleted, or written although no answer came
                    if not tries_left or not (gone or exc.unsure):
                        raise
        raise AssertionError("the last try returns or raises")

    def _put(self, body: str) -> PostedComment:
        body = truncate_comment(body if body.startswith(self._marker) else f"{self._marker}\n{body}")
        created = self._id is None
        if self._id is None:
            comment = self._forge.create_comment(self._number, body)
        else:
            comment = self._forge.update_comment(self._number, self._id, body)
        self._id = comment.id
        return PostedComment(comment.id, comment.url, created)

    def _find(self) -> int | None:
        mine = find_own_comment(self._forge, self._number, self._marker)
        return mine.id if mine else None

    def _known(self) -> Comment | None:
        assert self._id is not None
        try:
            found = self._forge.comment(self._number, self._id)
        except ForgeError as exc:
            if exc.status not in (404, 410):
                raise
            return None
        return None if found.minimized else found


def upsert_comment(forge: Forge, number: int, body: str, marker: str) -> PostedComment:
    """Make our comment with this marker say `body`: the one there is, or else a new one."""
    return StickyComment(forge, number, marker).put(body)


def find_own_comment(forge: Forge, number: int, marker: str) -> Comment | None:
    """Our oldest comment with this marker, of all pages; None where there is none, or people hid it."""
    login = forge.login().casefold()
    mine = [
        comment
        for comment in forge.comments(number)
        if comment.author.casefold() == login and comment.body.startswith(marker) and not comment.minimized
    ]
    return min(mine, key=lambda comment: comment.id, default=None)


def truncate_comment(body: str, longest: int = MAX_COMMENT) -> str:
    """The body, cut where GitHub would refuse it."""
    return body if len(body) <= longest else body[: longest - len(_CUT)] + _CUT
