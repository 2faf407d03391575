"""A raw commit taken apart: what was signed, the signature, and who says that they committed it, when.

The parts are those of git's own check: all but the `gpgsig` header, whose further lines begin with a space, is signed.
What could be read in two ways is refused, and so is what is no commit: the same key signs tags and pushes too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from promptops.errors import PinError

_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----\n", b"\n-----END SSH SIGNATURE-----"
_OTHER_KINDS = (b"-----BEGIN PGP ", b"-----BEGIN SIGNED MESSAGE-----")
_MOST = 32 * 1024
"""Bytes of a signature; one of the largest RSA key with a certificate has 12,000."""
_AGAIN = "sign it again with `git commit --amend -S`, and pin the new commit"
_ONCE = (b"tree", b"author", b"committer")
_SIGNATURE_HEADER = b"gpgsig"
_SHA256_HEADER = b"gpgsig-sha256"


class SignedCommit(NamedTuple):
    """`payload` are the bytes that were signed, `signature` is an armoured SSH signature, `email` the committer's."""

    payload: bytes
    signature: bytes
    email: str
    time: datetime


def parse_signed_commit(raw_commit: bytes, where: str) -> SignedCommit:
    """The parts of a commit (the bytes that `git cat-file commit` gives). PinError when it bears no SSH signature,
    more than one, or is not made as git makes commits.
    """
    head, blank, message = raw_commit.partition(b"\n\n")
    kept: list[bytes] = []
    signature: list[bytes] = []
    headers: list[tuple[bytes, bytes]] = []
    for line in head.split(b"\n"):
        if not line.startswith(b" "):
            name, _, value = line.partition(b" ")
            headers.append((name, value))
        is_signature = bool(headers) and headers[-1][0].startswith(_SIGNATURE_HEADER)
        (signature if is_signature else kept).append(line)
    is_sha256 = bool(headers) and len(headers[0][1]) == 64  # the tree's id
    expected = _SHA256_HEADER if is_sha256 else _SIGNATURE_HEADER
    _check_headers([name for name, _ in headers], bool(blank), where, expected)
    email, time = _committer(next(value for name, value in headers if name == b"committer"), where)
    armoured = b"\n".join([signature[0].partition(b" ")[2], *(line[1:] for line in signature[1:])])
    _check_kind(armoured, where)
    return SignedCommit(b"\n".join(kept) + blank + message, armoured + b"\n", email, time)


def _check_headers(names: list[bytes], ended: bool, where: str, expected: bytes) -> None:
    signatures = [name for name in names if name.startswith(_SIGNATURE_HEADER)]
    if not ended or names[:1] != [b"tree"] or any(names.count(name) != 1 for name in _ONCE):
        message = "the commit is not made as git makes commits, so its signature means nothing"
        raise PinError(message, where=where, hint=_AGAIN)
    if not signatures:
        hint = "sign it with an SSH key (`git commit -S`, with `gpg.format` set to ssh), and pin the signed commit"
        raise PinError("the commit is not signed, but signed commits are required", where=where, hint=hint)
    if signatures != [expected]:
        message = "the commit bears more than one signature, or one of another kind"
        raise PinError(message, where=where, hint=_AGAIN)


def _committer(value: bytes, where: str) -> tuple[str, datetime]:
    found = re.fullmatch(rb"(?:[^<>]* )?<([^<>]*)> ([0-9]{1,12}) [+-][0-9]+", value)
    try:
        email, time = (found[1].decode(), datetime.fromtimestamp(int(found[2]), UTC)) if found else ("", None)
    except (ValueError, OverflowError, OSError):
        email, time = "", None
    if time is None or not email.isprintable() or re.search(r'^$|[\s"*?!,]', email):
        shown = ascii(value[:80].decode("utf-8", "replace"))
        message = f"the committer's e-mail address or date cannot be used to look for a key: {shown}"
        hint = "an address has no spaces, quotes, commas or any of * ? !; mend `git config user.email` and commit again"
        raise PinError(message, where=where, hint=hint)
    return email, time


def _check_kind(armoured: bytes, where: str) -> None:
    if armoured.startswith(_OTHER_KINDS):
        message = "the commit is signed with PGP or X.509, which is not looked at: only SSH signatures count"
        hint = "commits made on a web page are often signed by the site; sign one with an SSH key, and pin that commit"
        raise PinError(message, where=where, hint=hint)
    # Nothing may stand behind the signature: it is not signed, and would not be read.
    body = armoured.rstrip()
    whole = body.startswith(_BEGIN) and body.endswith(_END) and body.count(_END) == 1
    if not whole or len(armoured) > _MOST:
        raise PinError("what should be the commit's signature is not an SSH signature", where=where, hint=_AGAIN)
