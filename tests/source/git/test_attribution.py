"""Whom commits name, however they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.model.outcomes.audit import Person, Trailer
from promptops.source.git.attribution import parse_people

HEAD = "tree {}\nauthor Ana Petit <ana@x> 1 +0000\ncommitter Tom <tom@x> 1764000000 +0100\n".format("0" * 40)


def raw(said: str, more: str = "", head: str = HEAD) -> bytes:
    return f"{head}{more}\n{said}".encode()


def test_author_committer_and_time() -> None:
    found = parse_people(raw("a title\n"))
    assert (found.author, found.committer, found.when) == (
        Person("Ana Petit", "ana@x"),
        Person("Tom", "tom@x"),
        1764000000,
    )
    assert (found.trailers, found.is_signed, found.authors) == ((), False, (Person("Ana Petit", "ana@x"),))


def test_trailers_are_those_of_the_last_paragraph_in_any_case() -> None:
    said = (
        "title\n\nReviewed-by: Early <e@x>\n\nreviewed-BY:  Tom Reyes <tom@x> \r\nCo-authored-by: Kim\n"
        "Signed-off-by: <only@x>\nFixes: #1\nApproved-by:\nnot a trailer\n\n\n"
    )
    found = parse_people(raw(said))
    assert found.trailers == (
        Trailer("Reviewed-by", Person("Tom Reyes", "tom@x")),
        Trailer("Co-authored-by", Person("Kim")),
        Trailer("Signed-off-by", Person("", "only@x")),
    )
    assert found.authors == (Person("Ana Petit", "ana@x"), Person("Kim"))


def test_a_title_alone_has_no_trailers() -> None:
    assert parse_people(raw("Reviewed-by: Tom <tom@x>")).trailers == ()


@pytest.mark.parametrize("header", ["gpgsig -----BEGIN SSH SIGNATURE-----\n x\n", "gpgsig-sha256 x\n"])
def test_a_signature_is_seen_and_one_in_the_words_is_none(header: str) -> None:
    assert parse_people(raw("title", header)).is_signed
    assert not parse_people(raw("title\n\ngpgsig x\n")).is_signed


def test_other_encodings_are_read_and_wrong_ones_do_no_harm() -> None:
    latin = HEAD.replace("Petit", "Petít").encode("latin-1") + b"encoding ISO-8859-1\n\nt"
    assert parse_people(latin).author.name == "Ana Petít"
    for charset in ("nonsense", "idna", "rot13", "zlib_codec", "utf-16"):
        assert parse_people(raw("title", f"encoding {charset}\n")).when == 1764000000


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_whatever_stands_there_is_read(head: bytes, said: bytes) -> None:
    parse_people(head + b"\n\n" + said)
    parse_people(HEAD.encode() + head + b"\n\n" + said)


def test_a_very_long_message_is_read_at_its_end_alone() -> None:
    said = "title\n\n" + "Reviewed-by: x <x@x>\n" * 200_000 + "\n\nAcked-by: Bo <b@x>"
    assert parse_people(raw(said)).trailers == (Trailer("Acked-by", Person("Bo", "b@x")),)
    assert len(parse_people(raw("title\n\n" + "Acked-by: x\n" * 200_000)).trailers) == 100
