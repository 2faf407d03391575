from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import UnwritableError, make_folder, open_plain, read_plain, write_hint
from tests.full_disk import NO_ROOM, full_disk

posix = pytest.mark.skipif(os.name == "nt", reason="modes, owners and links are those of POSIX")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@posix
@pytest.mark.parametrize("mode", [0o640, 0o600, 0o755, 0o664, 0o4750])
def test_the_mode_of_a_file_stays_and_a_new_one_gets_what_the_umask_leaves(tmp_path: Path, mode: int) -> None:
    old = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new", b"x")
        write_atomically(tmp_path / "a", b"old")
        (tmp_path / "a").chmod(mode)
        write_atomically(tmp_path / "a", b"new")
    finally:
        os.umask(old)
    assert (tmp_path / "new").stat().st_mode & 0o7777 == 0o640
    assert ((tmp_path / "a").stat().st_mode & 0o7777, (tmp_path / "a").read_bytes()) == (mode, b"new")


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_of_a_file_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    os.chown(tmp_path / "a", 1234, 2345)
    write_atomically(tmp_path / "a", b"new")
    assert ((tmp_path / "a").stat().st_uid, (tmp_path / "a").stat().st_gid) == (1234, 2345)


@posix
def test_what_a_killed_writer_left_is_cleared_away_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".a.unfinished-0").write_bytes(b"half")
    write_atomically(tmp_path / "a", b"new")
    assert names(tmp_path) == ["a"]


@posix
def test_what_a_running_writer_has_open_is_left_alone(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\nfrom promptops.source.files.atomic_write import write_atomically\n"
        "def pieces():\n    yield b'slow '\n    print('here', flush=True)\n    sys.stdin.read()\n    yield b'one'\n"
        "write_atomically(pathlib.Path(sys.argv[1]), pieces())\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == b"here\n"
        write_atomically(tmp_path / "a", b"quick")
        assert (tmp_path / "a").read_bytes() == b"quick"
        other.stdin.close()
    assert (tmp_path / "a").read_bytes() == b"slow one"
    assert names(tmp_path) == ["a"]


def test_many_writers_of_one_file_leave_one_of_their_texts(tmp_path: Path) -> None:
    texts = [bytes([65 + n]) * 50_000 for n in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: write_atomically(tmp_path / "a", text), texts))
    assert (tmp_path / "a").read_bytes() in texts
    assert names(tmp_path) == ["a"]


@posix
def test_what_lies_where_a_copy_would_be_made_is_not_touched(tmp_path: Path) -> None:
    """A link or a pipe of that name is somebody's trap, or somebody's file."""
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / ".a.unfinished-0").symlink_to(tmp_path / "theirs")
    os.mkfifo(tmp_path / ".a.unfinished-1")
    write_atomically(tmp_path / "a", b"new")
    assert (tmp_path / "theirs").read_bytes() == b"theirs"
    assert names(tmp_path) == [".a.unfinished-0", ".a.unfinished-1", "a", "theirs"]


def test_a_name_as_long_as_names_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 120 + ".yml")
    write_atomically(path, b"x")
    assert names(tmp_path) == [path.name]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", b"old")
    with full_disk(10), pytest.raises(OSError, match=NO_ROOM) as caught:
        write_atomically(tmp_path / "a", [b"x" * 8, b"y" * 8])
    assert write_hint(caught.value).startswith("make room")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_an_error_while_the_pieces_are_made_leaves_the_old_file(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    write_atomically(tmp_path / "a", b"old")
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a", pieces())
    assert (names(tmp_path), (tmp_path / "a").read_bytes()) == (["a"], b"old")


@posix
def test_links_above_the_project_are_its_owners_own_and_those_inside_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "disk/project/sub").mkdir(parents=True)
    (tmp_path / "home").symlink_to(tmp_path / "disk")
    root = tmp_path / "home/project"
    write_atomically(root / "sub/a", b"x", root=root)
    (tmp_path / "disk/project/link").symlink_to(tmp_path)
    for path in (root / "link/a", root / "link/disk/project/a", root / "link/../a"):
        with pytest.raises(UnwritableError, match="the folder link is a symbolic link"):
            write_atomically(path, b"x", root=root)
        with pytest.raises(UnwritableError, match="the folder link is a symbolic link"):
            make_folder(path.parent / "new", root)
    assert not (tmp_path / "a").exists()
    (tmp_path / "away").symlink_to(tmp_path / "disk")
    write_atomically(tmp_path / "away/out", b"x", root=root)  # named by whoever called, outside of the project


@posix
def test_files_written_in_place_must_be_plain_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    for name in ("pipe", "link", "."):
        with pytest.raises(UnwritableError):
            open_plain(tmp_path / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with pytest.raises(UnwritableError):
            read_plain(tmp_path / name)
    assert not (tmp_path / "nothing").exists()
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "none")


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_a_name_that_no_file_can_have_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="no file can have this name") as caught:
        write_atomically(tmp_path / name, b"x")
    assert caught.value.errno == errno.EPERM


def test_every_refusal_has_a_hint(tmp_path: Path) -> None:
    with pytest.raises(UnwritableError) as caught:
        write_atomically(tmp_path, b"x")
    assert (caught.value.strerror, write_hint(caught.value)) == (
        "it is a folder",
        "put a plain file there, or name another",
    )
