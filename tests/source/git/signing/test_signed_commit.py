"""A raw commit taken apart: nothing is lost, nothing is read in two ways."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import PinError
from promptops.source.git.signing.signed_commit import parse_signed_commit

TREE = b"tree " + b"4b" * 20
AUTHOR = b"author Ada <ada@example.org> 1700000000 +0000"
COMMITTER = b"committer Ada L. <ada@example.org> 1700000000 -0530"
SIGNATURE = b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\nAAAA\n-----END SSH SIGNATURE-----\n"


def gpgsig(signature: bytes = SIGNATURE, name: bytes = b"gpgsig") -> bytes:
    return name + b" " + signature.rstrip(b"\n").replace(b"\n", b"\n ")


def commit(*headers: bytes, message: bytes = b"a change\n") -> bytes:
    return b"\n".join(headers) + b"\n\n" + message


def refusal(raw: bytes) -> str:
    with pytest.raises(PinError) as caught:
        parse_signed_commit(raw, "commit 4f2a91c")
    assert caught.value.where == "commit 4f2a91c"
    return str(caught.value)


def test_a_signed_commit_has_four_parts() -> None:
    parts = parse_signed_commit(commit(TREE, AUTHOR, COMMITTER, gpgsig()), "")
    assert parts.payload == commit(TREE, AUTHOR, COMMITTER)
    assert parts.signature == SIGNATURE
    assert parts.email == "ada@example.org"
    assert parts.time == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@given(
    before=st.lists(st.binary(max_size=30).map(lambda line: b"x" + line.replace(b"\n", b""))),
    more=st.lists(st.binary(max_size=30).map(lambda line: b" " + line.replace(b"\n", b""))),
    message=st.binary(max_size=200),
    body=st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"").replace(b"-", b"") or b"A")),
    last=st.booleans(),
)
def test_what_is_signed_is_the_commit_without_its_signature_whatever_it_holds(
    before: list[bytes], more: list[bytes], message: bytes, body: list[bytes], last: bool
) -> None:
    signature = b"\n".join([SIGNATURE.split(b"\n")[0], *body, b"-----END SSH SIGNATURE-----", b""])
    headers = [TREE, AUTHOR, COMMITTER, *before, b"mergetag object", *more]
    signed = [*headers, gpgsig(signature)] if last else [TREE, gpgsig(signature), *headers[1:]]
    parts = parse_signed_commit(commit(*signed, message=message), "")
    assert parts.payload == commit(*headers, message=message)
    assert parts.signature == signature


PARTS = st.sampled_from([TREE, AUTHOR, COMMITTER, gpgsig(), b"", b" x", b"gpgsig"])
SHUFFLED = st.permutations([AUTHOR, COMMITTER, gpgsig(), b"x"]).map(lambda headers: commit(TREE, *headers))


@given(st.binary() | st.lists(PARTS).map(b"\n".join) | SHUFFLED)
def test_any_bytes_are_taken_apart_without_loss_or_refused(raw: bytes) -> None:
    try:
        parts = parse_signed_commit(raw, "")
    except PinError:
        return
    head, header = raw[: raw.index(b"gpgsig ")], gpgsig(parts.signature) + b"\n"
    assert raw == head + header + parts.payload[len(head) :]
    assert parts.payload.startswith(head)


def test_text_in_the_message_is_no_signature() -> None:
    assert "is not signed" in refusal(commit(TREE, AUTHOR, COMMITTER, message=gpgsig() + b"\n"))


def test_text_in_a_merged_tag_is_no_signature() -> None:
    tag = b"mergetag object\n " + gpgsig().replace(b"\n", b"\n ")
    assert "is not signed" in refusal(commit(TREE, AUTHOR, COMMITTER, tag))


@pytest.mark.parametrize(
    "signatures",
    [
        [gpgsig(), gpgsig()],
        [gpgsig(), gpgsig(name=b"gpgsig-sha256")],
        [gpgsig(name=b"gpgsig-sha256")],
        [gpgsig(name=b"gpgsigx")],
    ],
)
def test_two_signatures_or_an_unknown_header_are_refused(signatures: list[bytes]) -> None:
    assert "more than one signature, or one of another kind" in refusal(commit(TREE, AUTHOR, COMMITTER, *signatures))


@pytest.mark.parametrize(
    "begin", [b"-----BEGIN PGP SIGNATURE-----", b"-----BEGIN PGP MESSAGE-----", b"-----BEGIN SIGNED MESSAGE-----"]
)
def test_other_kinds_of_signatures_are_named(begin: bytes) -> None:
    other = begin + b"\n\niQIz\n" + begin.replace(b"BEGIN", b"END") + b"\n"
    assert "signed with PGP or X.509, which is not looked at" in refusal(commit(TREE, AUTHOR, COMMITTER, gpgsig(other)))


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"x" * 1_000_000,
        b"\n" * 1_000_000,
        SIGNATURE.replace(b"AAAA", b"A" * 100_000),
        SIGNATURE + b"more",
        SIGNATURE + SIGNATURE,
        b" " + SIGNATURE,
        SIGNATURE[:-10],
    ],
)
def test_what_is_no_ssh_signature_is_refused_unread(signature: bytes) -> None:
    assert "is not an SSH signature" in refusal(commit(TREE, AUTHOR, COMMITTER, gpgsig(signature)))


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (b"",),
        (b" x",),
        (AUTHOR, COMMITTER, TREE),
        (TREE, AUTHOR),
        (TREE, COMMITTER),
        (TREE, AUTHOR, COMMITTER, COMMITTER),
        (TREE, TREE, AUTHOR, COMMITTER),
        (b"object " + b"4b" * 20, b"type commit", b"tag v1", b"tagger Ada <ada@example.org> 1700000000 +0000"),
    ],
)
def test_what_is_not_made_as_git_makes_commits_is_refused(headers: tuple[bytes, ...]) -> None:
    assert "not made as git makes commits" in refusal(commit(*headers, gpgsig()))


def test_a_commit_that_never_ends_its_headers_is_refused() -> None:
    assert "not made as git makes commits" in refusal(b"\n".join([TREE, AUTHOR, COMMITTER, gpgsig()]))


@pytest.mark.parametrize(
    "who",
    [
        b"Ada <> 1700000000 +0000",
        b"Ada ada@example.org 1700000000 +0000",
        b"Ada <ada@example.org> <eve@example.org> 1700000000 +0000",
        b"Ada <*@example.org> 1700000000 +0000",
        b"Ada <ada@example.or?> 1700000000 +0000",
        b"Ada <!ada@example.org> 1700000000 +0000",
        b"Ada <ada@example.org,eve@example.org> 1700000000 +0000",
        b"Ada <ada @example.org> 1700000000 +0000",
        b'Ada <"ada"@example.org> 1700000000 +0000',
        b"Ada <ada\x1b[0m@example.org> 1700000000 +0000",
        b"Ada <ada\0@example.org> 1700000000 +0000",
        b"Ada <ada\xff@example.org> 1700000000 +0000",
        "Ada <\u202eada@example.org> 1700000000 +0000".encode(),
        b"Ada <ada@example.org> 999999999999 +0000",
        b"Ada <ada@example.org> -1 +0000",
        b"Ada <ada@example.org> 1700000000",
        b"Ada <ada@example.org>",
    ],
)
def test_an_address_or_a_date_that_means_two_things_is_refused(who: bytes) -> None:
    message = refusal(commit(TREE, AUTHOR, b"committer " + who, gpgsig()))
    assert "e-mail address or date cannot be used" in message
    assert message.isprintable()


@pytest.mark.parametrize("who", ["Ada <é@exämple.org> 1 +0000", "<-oops@x> 1 +0000", "A  B <root> 1 -1200"])
def test_an_unusual_address_is_read_as_it_stands(who: str) -> None:
    parts = parse_signed_commit(commit(TREE, AUTHOR, b"committer " + who.encode(), gpgsig()), "")
    assert f"<{parts.email}>" in who
