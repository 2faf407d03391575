from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.model.config import static_prefix
from promptops.source.files.globs import matches
from promptops.source.files.worktree import Worktree
from promptops.source.source import MAX_TEXT_BYTES, decode, normalize_path, read_text


@pytest.mark.parametrize(
    ("data", "message", "where"),
    [
        ("hi".encode("utf-16"), "UTF-16", "f"),
        ("hi".encode("utf-16-be"), "NUL", "f:1"),
        (b"\xef\xbb\xbfhi", "byte order mark", "f:1:1"),
        (b"one\ntwo\xff", "0xff", "f:2"),
        (b"one\r\n\r\nthree\0", "NUL", "f:3"),
        (b"caf\xe9", "0xe9", "f:1"),
    ],
)
def test_what_is_not_utf_8_is_named_with_its_line(data: bytes, message: str, where: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        decode(data, "f")
    assert caught.value.where == where
    assert caught.value.hint
    assert caught.value.code == "P006"


def test_crlf_becomes_lf() -> None:
    assert decode("ä\r\nb\n".encode(), "f") == "ä\nb\n"


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../x", "a/../../x", "..", "C:/x", "a/C:x", "a\\..\\..\\x", "a\0b", "C:"],
)
def test_paths_out_of_the_project_are_refused(path: str) -> None:
    with pytest.raises(SourceError, match="outside the project"):
        normalize_path(PurePosixPath(path))


@pytest.mark.parametrize(
    ("path", "clean"),
    [("a/./b", "a/b"), ("a/../b", "b"), ("", "."), ("a/b/../../c", "c"), ("...", "..."), ("notes: b", "notes: b")],
)
def test_paths_inside_are_worked_out(path: str, clean: str) -> None:
    assert normalize_path(PurePosixPath(path)) == PurePosixPath(clean)


def test_long_texts_are_refused_with_the_way_out(tmp_path: Path) -> None:
    class Long(Worktree):
        def read(self, path: PurePosixPath) -> bytes:
            return b"x" * (MAX_TEXT_BYTES + 1)

    with pytest.raises(SourceError, match="1,048,577 bytes") as caught:
        read_text(Long(tmp_path), PurePosixPath("a"))
    assert "jsonl" in caught.value.hint


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("prompts/**", "prompts/a/b.yml", True),
        ("prompts/**", "prompts2/a", False),
        ("prompts/*.yml", "prompts/a/b.yml", False),
        ("**/x.yml", "x.yml", True),
        ("a/**/x", "a/b/c/x", True),
        ("a/?.yml", "a/é.yml", True),
        ("a/[b].yml", "a/[b].yml", True),
        ("a/[b].yml", "a/b.yml", False),
        ("a.yml", "axyml", False),
    ],
)
def test_globs(glob: str, path: str, fits: bool) -> None:
    assert matches(PurePosixPath(path), glob) is fits


def test_a_search_begins_below_the_fixed_folders() -> None:
    assert static_prefix("a/b/*.yml") == "a/b"
    assert static_prefix("**") == ""
