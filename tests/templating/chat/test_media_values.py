"""Pictures as people write them: what stands in a case, a table, an application."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from promptops.errors import RenderError
from promptops.model.prompt import Input, Prompt
from promptops.model.suite import Case
from promptops.source.files.worktree import Worktree
from promptops.templating.chat.chat_values import read_chat_values
from promptops.templating.chat.media_values import media_of_application, media_of_case

PNG = b"\x89PNG\r\n\x1a\n\xff\xfe\xfb" + bytes(14)


@pytest.mark.parametrize(
    "written",
    [
        f"DATA:image/png;base64,{b64encode(PNG).decode()}",
        f"data:IMAGE/PNG;charset=utf-8;BASE64,{b64encode(PNG).decode()}",
        f"data:image/png;base64,\n {b64encode(PNG)[:7].decode()}\r\n{b64encode(PNG)[7:].decode()}\n",
        f"data:image/png;base64,{urlsafe_b64encode(PNG).decode()}",
    ],
)
def test_a_data_uri_is_read_as_a_browser_reads_it(written: str) -> None:
    assert media_of_application("image", written).data == PNG


@pytest.mark.parametrize("value", ["", None])
@pytest.mark.parametrize("is_required", [True, False])
def test_an_empty_cell_is_no_picture(value: Any, is_required: bool) -> None:
    prompt = Prompt("p", PurePosixPath("p"), (), inputs=(Input("photo", {"type": "image"}, is_required, None),))
    if not is_required:
        assert read_chat_values(prompt, {"photo": value}, media_of_application, "p").media == {"photo": None}
        return
    with pytest.raises(RenderError, match="the input 'photo' does not fit"):
        read_chat_values(prompt, {"photo": value}, media_of_application, "p")


def test_a_pointer_of_git_lfs_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n")
    read = media_of_case(Case("c", {}, files=Worktree(tmp_path)))
    with pytest.raises(ValueError, match="pointer of git-lfs"):
        read("image", "a.png")


def test_a_file_that_is_too_large_is_told_with_its_size(tmp_path: Path) -> None:
    with (tmp_path / "a.png").open("wb") as file:
        file.write(PNG)
        file.truncate(20 * 2**20)
    with pytest.raises(ValueError, match=r"it has 20\.0 MiB; a picture may have 8"):
        media_of_application("image", tmp_path / "a.png")
