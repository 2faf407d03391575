"""Saves in a real folder, told by the system."""

from __future__ import annotations

import errno
from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.source.files.watcher import FileWatcher, folders_to_watch
from tests.conftest import write_files

GREET_FILE, TONE = "prompts/greet.prompt.yml", "prompts/shared/tone.j2"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in a folder with a space and an umlaut."""
    root = tmp_path / "my prömpts"
    write_files(root, {GREET_FILE: "messages: []\n", "evals/greet.eval.yml": "prompt: greet\n"})
    return root


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EMFILE])
def test_where_the_system_watches_no_more_folders_files_are_polled_and_it_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, "limit reached")

    monkeypatch.setattr("watchdog.observers.inotify_c.InotifyFD.add_callback", refuse)
    saves = FileWatcher(root)
    try:
        assert "fs.inotify.max_user_watches" in saves.note
        write_files(root, {GREET_FILE: "x"})
        assert saves.wait(lambda path: True) == {PurePosixPath(GREET_FILE)}
    finally:
        saves.stop()


def test_folders_below_the_first_that_get_no_watch_are_noticed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from watchdog.observers.inotify_c import InotifyFD

    add = InotifyFD.add_callback

    def at_most_three(self: InotifyFD, path: bytes, *more: object) -> object:
        if path.rpartition(b"/")[2] not in (root.name.encode(), b"prompts", b"evals"):
            raise OSError(errno.ENOSPC, "limit reached")
        return add(self, path, *more)  # type: ignore[arg-type]

    write_files(root, {TONE: "x"})
    monkeypatch.setattr(InotifyFD, "add_callback", at_most_three)
    saves = FileWatcher(root)
    saves.stop()
    assert saves.note


def test_the_folder_itself_may_go(root: Path) -> None:
    saves = FileWatcher(root)
    try:
        root.rename(root.parent / "gone")
        with pytest.raises(SourceError, match="not there any more"):
            saves.wait(lambda path: False)
    finally:
        saves.stop()


def test_no_folder_of_a_tool_is_watched(root: Path) -> None:
    write_files(root, {".git/x": "", "lib/a/node_modules/x/y": "", "lib/b/c/d": "", "prompts/shared/x.j2": ""})
    folders = {str(path.relative_to(root)): recursive for path, recursive in folders_to_watch(root)}
    assert folders == {".": False, "evals": True, "lib": False, "lib/a": False, "lib/b": True, "prompts": True}


def test_a_wait_ends_when_nothing_happens(root: Path) -> None:
    saves = FileWatcher(root)
    try:
        assert saves.wait(lambda path: True, 0.01) == set()
        write_files(root, {GREET_FILE: "x"})
        assert saves.wait(lambda path: True, 60) == {PurePosixPath(GREET_FILE)}
    finally:
        saves.stop()


def test_a_new_folder_that_goes_while_it_is_listed_stops_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saves = FileWatcher(root)

    def gone(folder: Path) -> None:
        raise FileNotFoundError(folder)

    try:
        monkeypatch.setattr("promptops.source.files.watcher.folders_to_watch", gone)
        (root / "new").mkdir()
        assert saves.wait(lambda path: True) == {PurePosixPath("new")}
    finally:
        saves.stop()
