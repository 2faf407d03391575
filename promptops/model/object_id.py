"""The id of a git object: the hash of what it is and holds, SHA-1 (40 hexadecimal digits) or SHA-256 (64)."""

from __future__ import annotations

import hashlib
import re

FULL_ID = "[0-9a-f]{40}(?:[0-9a-f]{24})?"
"""A pattern. Of one repository all ids have the same length."""

_FULL_ID = re.compile(FULL_ID)


def is_full_id(text: str) -> bool:
    """Whether it is the full id of an object, in small letters."""
    return _FULL_ID.fullmatch(text) is not None


def object_id(kind: bytes, data: bytes, length: int) -> str:
    """The id of an object of this kind (`blob`, `tree`, `commit`), with `length` digits."""
    digest = hashlib.sha256() if length == 64 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"%b %d\0" % (kind, len(data)))
    digest.update(data)
    return digest.hexdigest()
