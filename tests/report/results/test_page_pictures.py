"""Pictures of cases: the page shows those it was given as data, loads none, and a file cannot bring anything else."""

from __future__ import annotations

import json
import struct
import zlib
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest

from promptops.errors import EvalError
from promptops.evals.picture_album import MOST_BYTES, PictureAlbum
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message
from promptops.model.results import Results
from promptops.report.results.html import html
from promptops.store.results_file import parse_results, serialize_results
from tests.report.factory import comparison
from tests.report.results.conftest import Open
from tests.report.results.test_page_cases import shown


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PIXEL = (
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0" + b"\xff\0\0" * 2)) + chunk(b"IEND", b"")
)  # fmt: skip
DIGEST = sha256(PIXEL).hexdigest()
URI = f"data:image/png;base64,{b64encode(PIXEL).decode()}"


def pictured(uri: str = URI, digest: str = DIGEST) -> Results:
    results = comparison()
    rendered = tuple(replace(one, pictures=(digest,)) for one in results.rendered)
    return replace(results, rendered=rendered, pictures={digest: uri})


@pytest.mark.browser
def test_a_picture_is_drawn_once_for_both_versions_with_a_name_for_those_who_hear(opened: Open) -> None:
    case = shown(opened, pictured())
    page, image = case.page, case.locator(".pictures img")
    image.wait_for()
    assert page.evaluate("async () => (await document.querySelector('.pictures img').decode(), "
                         "document.querySelector('.pictures img').naturalWidth)") == 2  # fmt: skip
    assert image.get_attribute("alt") == f"picture 1 of the case, sha256 {DIGEST[:12]}"
    assert image.count() == 1


def test_a_page_without_pictures_allows_none() -> None:
    assert "img-src data:;" in html(pictured())
    assert "img-src" not in html(comparison())


@pytest.mark.parametrize(
    ("uri", "digest"),
    [
        ("https://a.example/x.png", DIGEST),
        ("data:image/svg+xml;base64,AAAA", DIGEST),
        ("data:text/html;base64,AAAA", DIGEST),
        ('data:image/png;base64,AA" onload=x', DIGEST),
        (URI, "x" * 64),
    ],
)
def test_results_that_bring_anything_else_are_refused(uri: str, digest: str) -> None:
    data = json.loads(serialize_results(pictured()))
    data["pictures"] = {digest: uri}
    with pytest.raises(EvalError, match="not a picture"):
        parse_results(json.dumps(data))


def test_only_small_pictures_are_kept_and_no_more_than_a_page_carries() -> None:
    album = PictureAlbum()
    small = Media("image", "image/png", PIXEL)
    large = Media("image", "image/png", PIXEL + bytes(MOST_BYTES))
    away, paper = Media("image", url="https://a.example/x.png"), Media("file", "application/pdf", b"%PDF-")
    assert album.keep([Message("user", (small, large, away, paper, small))]) == (DIGEST,)
    many = [Media("image", "image/png", bytes([n]) * MOST_BYTES) for n in range(20)]
    kept = album.keep([Message("user", tuple(many))])
    assert 10 < len(kept) < 20
    assert set(album.kept) == {DIGEST, *kept}
