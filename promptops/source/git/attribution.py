"""Whom a commit names: its author, its committer, and the trailers at the end of what was said.

All of it is what somebody wrote, and anybody can write it: only a signature proves who.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from promptops.model.outcomes.audit import Person, Trailer

AUTHORS = "Co-authored-by"
APPROVALS = ("Reviewed-by", "Approved-by", "Acked-by", "Signed-off-by")
_KINDS = {kind.lower(): kind for kind in (AUTHORS, *APPROVALS)}
_MOST_BYTES = 16 * 1024
"""Of the beginning of what was said, for the title, or of its end, for the trailers."""
_MOST_TRAILERS = 100


class People(NamedTuple):
    """`when` is the committer's time in seconds since 1970."""

    author: Person
    committer: Person
    when: int
    trailers: tuple[Trailer, ...]
    is_signed: bool

    @property
    def authors(self) -> tuple[Person, ...]:
        """Everybody who is said to have written it."""
        return (self.author, *(one.who for one in self.trailers if one.kind == AUTHORS))


def parse_people(raw: bytes) -> People:
    """The people of a raw commit (the bytes that `git cat-file commit` gives); empty names where it names none."""
    head, _, said = raw.partition(b"\n\n")
    charset = _charset(head)
    author, _ = _person(head, b"author", charset)
    committer, when = _person(head, b"committer", charset)
    signed = re.search(rb"^gpgsig(?:-sha256)? ", head, re.MULTILINE) is not None
    return People(author, committer, when, _trailers(said, charset), signed)


def message_start(raw: bytes) -> str:
    """What was said with a raw commit, its first 16 KiB: the title stands there."""
    head, _, said = raw.partition(b"\n\n")
    return _decoded(said[:_MOST_BYTES], _charset(head))


def _charset(head: bytes) -> str:
    encoding = re.search(rb"^encoding ([\w.:-]{1,40})$", head, re.MULTILINE)
    return encoding[1].decode() if encoding else "utf-8"


def _person(head: bytes, role: bytes, charset: str) -> tuple[Person, int]:
    found = re.search(rb"^" + role + rb" ([^<\n]*)<([^>\n]*)> ([0-9]{1,12}) ", head, re.MULTILINE)
    if found is None:
        return Person(""), 0
    return Person(_decoded(found[1].strip(), charset), _decoded(found[2].strip(), charset)), int(found[3])


def _trailers(said: bytes, charset: str) -> tuple[Trailer, ...]:
    """Those of the last paragraph. The first is the title, and has none."""
    text = _decoded(said[-_MOST_BYTES:], charset).replace("\r\n", "\n")
    paragraphs = [part for part in text.split("\n\n") if part.strip()]
    if not paragraphs or (len(paragraphs) == 1 and len(said) <= _MOST_BYTES):
        return ()
    found = []
    for line in paragraphs[-1].strip().split("\n")[-_MOST_TRAILERS:]:
        key, colon, value = line.partition(":")
        kind = _KINDS.get(key.strip().lower())
        if colon and kind and value.strip():
            found.append(Trailer(kind, _named(value.strip())))
    return tuple(found)


def _named(text: str) -> Person:
    """`Ana <ana@example.org>`, or only a name."""
    name, bracket, rest = text.partition("<")
    return Person(name.strip(), rest.partition(">")[0].strip()) if bracket else Person(text)


def _decoded(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset, "replace")
    except (LookupError, ValueError):  # a charset that is none, or that gives no text
        return data.decode("utf-8", "replace")
