from __future__ import annotations

import pytest

from promptops.errors import PinError
from promptops.model.canonical_json import canonical_json
from promptops.model.sealed_prompt import FORMATS, check_content, content_digest, template_digests, text_digest

# The SHA-256 of "abc", as FIPS 180-2 gives it.
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_digest_is_the_sha256_of_the_content_and_a_print_that_of_the_text() -> None:
    assert content_digest(b"abc") == f"sha256:{ABC}"
    assert text_digest("abc") == ABC
    assert text_digest("é") == content_digest("é".encode()).removeprefix("sha256:")


def test_the_content_of_a_digest_passes_and_no_other_does() -> None:
    check_content(f"sha256:{ABC}", b"abc")
    for digest, content in (
        (f"sha256:{ABC}", b"abd"),
        (f"sha256:{ABC}", b""),
        (ABC, b"abc"),
        (f"sha256:{ABC.upper()}", b"abc"),
    ):
        with pytest.raises(PinError, match=f"greet: its digest is sha256:.*, not {digest}") as caught:
            check_content(digest, content, "greet")
        assert caught.value.hint == "this version is never served"


def test_a_content_names_the_texts_that_belong_to_it() -> None:
    assert template_digests(canonical_json({"format": FORMATS[-1], "templates": {"b.j2": "22", "a.j2": "11"}})) == [
        "11",
        "22",
    ]
    assert template_digests(canonical_json({"format": FORMATS[-1], "templates": {}})) == []


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"[]", b"1", b"null", b'"text"', b"{}", b'{"format":2}', b'{"format":2,"templates":[]}',
        b'{"templates":{}}', b"[" * 100_000, b'{"format":2,"templates":{}',
    ],
    ids=lambda content: repr(content[:20]),
)  # fmt: skip
def test_what_is_no_content_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(PinError, match="this is not a sealed prompt"):
        template_digests(content)


@pytest.mark.parametrize("form", [1, 5, "2", None])
def test_a_content_of_another_form_is_refused_with_what_to_do(form: object) -> None:
    with pytest.raises(PinError, match=f"format {form}, which is not known here") as caught:
        template_digests(canonical_json({"format": form, "templates": {}}))
    assert "pin it again" in caught.value.hint
