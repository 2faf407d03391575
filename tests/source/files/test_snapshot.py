"""A work tree that moves while it is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.source.files.snapshot import WorktreeSnapshot
from promptops.source.files.worktree import Worktree
from tests.conftest import write_files

A, B, GONE = (PurePosixPath(name) for name in ("a.j2", "b.j2", "gone.j2"))


@pytest.fixture
def still(tmp_path: Path) -> WorktreeSnapshot:
    write_files(tmp_path, {"a.j2": "one", "b.j2": "two"})
    return WorktreeSnapshot(Worktree(tmp_path))


def _look(still: WorktreeSnapshot) -> None:
    assert still.read(A) == b"one"
    assert still.exists(B)
    assert not still.exists(GONE)
    assert still.list("*.j2") == [A, B]


def test_what_did_not_move_is_still(still: WorktreeSnapshot) -> None:
    _look(still)
    again = still.retake()
    assert again is not None
    assert again.states == still.states


@pytest.mark.parametrize(
    "move",
    [
        lambda root: (root / "a.j2").write_text("six"),
        lambda root: (root / "b.j2").unlink(),
        lambda root: (root / "gone.j2").write_text(""),
        lambda root: (root / "gone.j2").symlink_to(root / "a.j2"),
        lambda root: (root / "c.j2").write_text(""),
    ],
)
def test_a_file_that_is_saved_or_comes_or_goes_is_noticed(
    still: WorktreeSnapshot, tmp_path: Path, move: Callable[[Path], object]
) -> None:
    _look(still)
    move(tmp_path)
    assert still.read(A) == b"one"
    assert still.retake() is None


def test_a_save_within_one_tick_of_the_clock_is_noticed(still: WorktreeSnapshot, tmp_path: Path) -> None:
    _look(still)
    times = os.stat(tmp_path / "a.j2")
    (tmp_path / "a.j2").write_text("six")
    os.utime(tmp_path / "a.j2", ns=(times.st_atime_ns, times.st_mtime_ns))
    earlier = {path: seen._replace(times=still._stat(path)[0]) for path, seen in still.states.items()}
    assert WorktreeSnapshot(Worktree(tmp_path), earlier).state_of(A).fingerprint != still.state_of(A).fingerprint


def test_what_has_settled_is_not_read_again(
    still: WorktreeSnapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promptops.source.files.snapshot.SETTLE_SECONDS", -1.0)
    _look(still)

    def refuse(*_: object) -> bytes:
        raise AssertionError("it was read")

    monkeypatch.setattr(Worktree, "read", refuse)
    assert WorktreeSnapshot(Worktree(tmp_path), still.states).state_of(A) == still.state_of(A)


def test_what_was_decided_by_an_older_text_does_not_go_with_a_newer_one(
    still: WorktreeSnapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promptops.source.files.snapshot.SETTLE_SECONDS", -1.0)
    _look(still)
    later = WorktreeSnapshot(Worktree(tmp_path), still.states)
    later.state_of(A)  # as it was, so nothing is read
    (tmp_path / "a.j2").write_text("seven")
    assert later.read(A) == b"seven"
    assert later.retake() is None


def test_a_file_that_cannot_be_read_says_so_each_time(still: WorktreeSnapshot, tmp_path: Path) -> None:
    (tmp_path / "link.j2").symlink_to(tmp_path / "a.j2")
    for _ in range(2):
        with pytest.raises(SourceError, match="symbolic link"):
            still.read(PurePosixPath("link.j2"))
    assert still.exists(PurePosixPath("link.j2"))  # so that whoever wants it learns why
    assert still.retake() is not None
