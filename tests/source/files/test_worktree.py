from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.source.files import worktree
from promptops.source.files.worktree import Worktree
from promptops.source.source import MAX_FILE_BYTES
from tests.conftest import write_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links, FIFOs and modes are those of POSIX")


def refusal(root: Path, path: str, *, exists: bool = False) -> SourceError:
    with pytest.raises(SourceError) as caught:
        Worktree(root).read(PurePosixPath(path))
    assert Worktree(root).exists(PurePosixPath(path)) is exists
    return caught.value


def test_files_are_read_as_they_are(tmp_path: Path) -> None:
    write_files(tmp_path, {"a b/😀é.txt": b"\xff\r\n"})
    tree = Worktree(tmp_path)
    assert tree.read(PurePosixPath("a b/../a b/😀é.txt")) == b"\xff\r\n"
    assert tree.exists(PurePosixPath("a b/😀é.txt"))
    assert tree.revision.label == "uncommitted"


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../secret", "a\0b"])
def test_nothing_outside_is_read(tmp_path: Path, path: str) -> None:
    write_files(tmp_path, {"secret": "s", "root/a/b": ""})
    assert "outside the project" in str(refusal(tmp_path / "root", path))


def test_links_to_files_and_folders_are_refused_and_listed_so_that_nobody_passes_them_over(tmp_path: Path) -> None:
    write_files(tmp_path, {"real/x.yml": "1", "elsewhere/y.yml": "2"})
    (tmp_path / "real/link.yml").symlink_to(tmp_path / "real/x.yml")
    (tmp_path / "real/broken.yml").symlink_to(tmp_path / "nothing")
    (tmp_path / "real/folder").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "prompts").symlink_to(tmp_path / "elsewhere")
    for path in ("real/link.yml", "real/broken.yml", "real/folder/y.yml", "prompts/y.yml"):
        assert "symbolic link" in str(refusal(tmp_path, path, exists=True))
    names = ["real/broken.yml", "real/folder/y.yml", "real/link.yml", "real/x.yml"]
    assert [str(path) for path in Worktree(tmp_path).list("real/**")] == names
    assert Worktree(tmp_path).list("prompts/**") == [PurePosixPath("prompts/y.yml")]
    assert Worktree(tmp_path).list("prompts/deeper/**") == []


def test_a_link_to_half_the_machine_is_refused_where_a_glob_begins_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worktree, "MOST_BEHIND", 20)
    write_files(tmp_path, {f"elsewhere/{n}/x.yml": "" for n in range(30)} | {"root/prompts/a.yml": ""})
    (tmp_path / "root/prompts/all").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "elsewhere")  # never followed twice
    with pytest.raises(SourceError, match="prompts/all: a symbolic link leads to more than 20 files"):
        Worktree(tmp_path / "root").list("prompts/**")
    assert PurePosixPath("prompts/a.yml") in Worktree(tmp_path / "root").list("**/*.yml")


@pytest.mark.parametrize(
    "name", ["a\nb.yml", "new\nfolder/x.yml", "a\x1b[2K.yml", os.fsdecode(b"\xff.yml"), "a\u2028b.yml"]
)
def test_a_name_that_nobody_can_type_is_listed_and_refused(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {f"p/{name}": "x"})
    assert Worktree(tmp_path).list("p/**") == [PurePosixPath(f"p/{name}")]
    problem = refusal(tmp_path, f"p/{name}", exists=True)
    assert "the name holds a line break" in str(problem)
    assert "rename" in problem.hint
    assert str(problem).isprintable()


def test_a_fifo_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yml")
    assert "not a plain file" in str(refusal(tmp_path, "pipe.yml", exists=True))
    assert Worktree(tmp_path).list("**") == [PurePosixPath("pipe.yml")]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a", "it is a folder"),
        ("none", "no such file"),
        ("a/file/below", "no such file"),
        ("a/" + "x" * 300, "cannot be read"),
    ],
)
def test_what_is_no_file_is_said(tmp_path: Path, path: str, message: str) -> None:
    write_files(tmp_path, {"a/file": ""})
    problem = refusal(tmp_path, path)
    assert message in str(problem)
    assert problem.where == path


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "huge.jsonl").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(SourceError, match="too large"):
        Worktree(tmp_path).read(PurePosixPath("huge.jsonl"))


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_and_folder_are_said(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.yml": "", "closed/b.yml": ""})
    (tmp_path / "a.yml").chmod(0)
    (tmp_path / "closed").chmod(0)
    try:
        for path in ("a.yml", "closed/b.yml"):
            with pytest.raises(SourceError, match="Permission denied"):
                Worktree(tmp_path).read(PurePosixPath(path))
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_an_operating_system_error_is_a_source_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"a.yml": ""})

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(SourceError, match="cannot be read: Permission denied"):
        Worktree(tmp_path).read(PurePosixPath("a.yml"))


def test_lists_are_sorted_and_leave_out_folders_of_tools(tmp_path: Path) -> None:
    files = ["p/b.yml", "p/a.yml", "p/sub/c.yml", ".git/x.yml", "p/node_modules/m/d.yml", ".promptops/e.yml"]
    write_files(tmp_path, dict.fromkeys(files, ""))
    tree = Worktree(tmp_path)
    assert [str(path) for path in tree.list("**")] == ["p/a.yml", "p/b.yml", "p/sub/c.yml"]
    assert [str(path) for path in tree.list("p/*.yml")] == ["p/a.yml", "p/b.yml"]
    assert tree.list("nothing/**") == []
    assert tree.list("p/a.yml/**") == []


def test_a_list_never_leaves_the_project(tmp_path: Path) -> None:
    write_files(tmp_path, {"secret.yml": "", "root/a.yml": ""})
    for glob in ("../**", "../*.yml", "/etc/*", str(tmp_path / "*.yml")):
        assert Worktree(tmp_path / "root").list(glob) == []
