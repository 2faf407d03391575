"""Which version of the files a result, a prompt or a finding belongs to."""

from __future__ import annotations

import re
from typing import NamedTuple

FULL_ID = "[0-9a-f]{40}(?:[0-9a-f]{24})?"
"""A pattern. Of one repository all ids have the same length."""

_FULL_ID = re.compile(FULL_ID)


def is_full_id(text: str) -> bool:
    """Whether it is the full id of an object, in small letters."""
    return _FULL_ID.fullmatch(text) is not None


def object_id(kind: bytes, data: bytes, length: int) -> str:
    """The id of an object of this kind (`blob`, `tree`, `commit`), with `length` digits."""
    import hashlib  # lint of files needs none

    digest = hashlib.sha256() if length == 64 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"%b %d\0" % (kind, len(data)))
    digest.update(data)
    return digest.hexdigest()


class Revision(NamedTuple):
    """A commit (its full id, None outside git), and whether the work tree differed from it."""

    commit: str | None = None
    dirty: bool = False

    @property
    def label(self) -> str:
        """Short text for people: `4f2a91c`, `uncommitted`, `4f2a91c + edits`."""
        if self.commit is None:
            return "uncommitted"
        return f"{self.commit[:7]} + edits" if self.dirty else self.commit[:7]
