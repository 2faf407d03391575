"""Prompts of a work tree in which files are saved while they are served."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from promptops import Change, PromptopsError, Prompts
from promptops.errors import PinError, PromptError, SourceError
from promptops.pins.sealing import seal_prompt
from promptops.source.files.worktree import Worktree
from tests.conftest import write_files
from tests.runtime.scene import PARTIAL, SETTINGS, prompt_text, said

GREET, PART, STYLE = "prompts/greet.prompt.yml", "prompts/part.prompt.yml", "prompts/shared/style.j2"
BROKEN = prompt_text("Broken").replace("{{ name }}", "{{ name }")
PATIENCE = 60
"""Seconds until a test gives up; none waits so long unless it fails."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in a folder with a space and an umlaut."""
    root = tmp_path / "my prömpts"
    write_files(
        root,
        {"promptops.yml": SETTINGS, STYLE: PARTIAL, GREET: prompt_text("Hello"), PART: prompt_text("Goodbye")},
    )
    return root


@pytest.fixture
def prompts(root: Path) -> Prompts:
    """The prompts, loaded by hand."""
    return Prompts.from_worktree(root, watch=False)


@pytest.fixture
def watched(root: Path) -> Iterator[Prompts]:
    """The prompts, loaded after each save."""
    with Prompts.from_worktree(root) as prompts:
        yield prompts


def eventually(is_so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_prompts_are_served_as_the_files_are(prompts: Prompts) -> None:
    assert prompts.names() == ["greet", "part"]
    call = prompts.get("greet").render(name="Ada")
    assert call.messages()[0]["content"] == f"{PARTIAL}\n"
    assert call.messages()[1]["content"] == "Hello, Ada (warm)"
    assert (call.version.name, call.version.commit, call.version.rollout) == ("greet", None, False)
    status = prompts.status()
    assert (status.source, status.environment, status.commit, status.fresh) == ("worktree", "", None, True)


def test_a_folder_below_means_the_whole_project(root: Path) -> None:
    assert Prompts.from_worktree(root / "prompts/shared", watch=False).names() == ["greet", "part"]


def test_a_folder_that_is_not_there_and_broken_settings_are_errors_at_the_start(root: Path) -> None:
    with pytest.raises(SourceError, match="no such folder"):
        Prompts.from_worktree(root / "other")
    write_files(root, {"promptops.yml": "models: ["})
    with pytest.raises(PromptError, match=r"promptops\.yml:1"):
        Prompts.from_worktree(root)


def test_without_watching_a_save_is_served_after_a_refresh(prompts: Prompts, root: Path) -> None:
    held = prompts.get("greet")
    write_files(root, {GREET: prompt_text("Welcome")})
    assert said(prompts) == "Hello, Ada (warm)"
    assert prompts.refresh().fresh
    assert said(prompts) == "Welcome, Ada (warm)"
    assert held.render(name="Ada").messages()[1]["content"] == "Hello, Ada (warm)"


def test_without_watching_nothing_that_watches_is_loaded(root: Path) -> None:
    code = (
        "import sys, threading; from promptops import Prompts\n"
        f"Prompts.from_worktree({str(root)!r}, watch=False).get('greet').render(name='Ada')\n"
        "print(sorted(n for n in sys.modules if n in ('watchdog', 'git', 'openai')), threading.active_count())"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[] 1\n"


def test_a_broken_edit_leaves_the_version_before_it_and_says_why(
    prompts: Prompts, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "promptops")
    write_files(root, {GREET: BROKEN, PART: prompt_text("So long")})
    status = prompts.refresh()
    assert (status.fresh, status.prompts) == (False, 2)
    assert status.reason.startswith(f"{GREET}:11")
    assert (said(prompts), said(prompts, "part")) == ("Hello, Ada (warm)", "So long, Ada (warm)")
    prompts.refresh()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert status.reason in caplog.text
    write_files(root, {GREET: prompt_text("Welcome")})
    assert prompts.refresh().reason == ""
    assert said(prompts) == "Welcome, Ada (warm)"
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_the_first_reason_is_told_and_the_others_are_counted(prompts: Prompts, root: Path) -> None:
    (root / STYLE).unlink()
    reason = prompts.refresh().reason
    assert reason.startswith(f"{GREET}:9: 'shared/style.j2' cannot be read")
    assert reason.endswith("(and 1 more prompt cannot be loaded)")
    assert said(prompts, "part") == "Goodbye, Ada (warm)"
    write_files(root, {STYLE: "Be bold."})
    assert prompts.refresh().fresh
    assert prompts.get("part").render(name="Ada").messages()[0]["content"] == "Be bold.\n"


def test_a_prompt_that_was_never_right_raises_its_own_error(root: Path) -> None:
    write_files(root, {GREET: BROKEN})
    prompts = Prompts.from_worktree(root, watch=False)
    assert prompts.names() == ["part"]
    assert not prompts.status().fresh
    with pytest.raises(PromptError) as caught:
        prompts.get("greet")
    assert caught.value.where.startswith(f"{GREET}:11")
    write_files(root, {GREET: prompt_text("Hello")})
    prompts.refresh()
    assert said(prompts) == "Hello, Ada (warm)"


def test_an_unknown_name_is_told_with_the_one_that_was_meant(prompts: Prompts) -> None:
    with pytest.raises(PinError, match="no prompt called 'gret'") as caught:
        prompts.get("gret")
    assert caught.value.hint == "did you mean 'greet'?"
    with pytest.raises(PinError) as caught:
        prompts.get("zzzz")
    assert caught.value.hint == "there are: greet, part"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "greet: the input 'name' has no value"),
        ({"name": "Ada", "tne": "dry"}, "greet: no input is called 'tne'"),
        ({"name": 3}, "greet: the input 'name' does not fit: the value must be string"),
        ({"name": ""}, "greet: the input 'name' does not fit: the value must be at least 1 character long"),
        ({"name": "Ada", "tone": "icy"}, "greet: the input 'tone' does not fit: the value must be one of"),
    ],
)
def test_values_that_do_not_fit_are_told_by_prompt_and_input(
    prompts: Prompts, values: dict[str, object], told: str
) -> None:
    with pytest.raises(PromptopsError) as caught:
        prompts.render("greet", **values)
    assert str(caught.value).startswith(told)


def test_prompts_that_come_and_go_are_told_to_callbacks(root: Path) -> None:
    told: list[Change] = []
    prompts = Prompts.from_worktree(root, watch=False, on_change=told.append)
    write_files(root, {"prompts/legal/clause.prompt.yml": prompt_text("Whereas")})
    (root / PART).unlink()
    write_files(root, {GREET: prompt_text("Welcome")})
    prompts.refresh()
    assert told == [Change(("legal/clause",), ("greet",), ("part",), None)]
    with pytest.raises(PinError):
        prompts.get("part")
    assert said(prompts, "legal/clause") == "Whereas, Ada (warm)"


def test_broken_settings_leave_everything_as_it_was(prompts: Prompts, root: Path) -> None:
    write_files(root, {"promptops.yml": "models: [", GREET: prompt_text("Welcome")})
    assert prompts.refresh().reason.startswith("promptops.yml:1")
    assert said(prompts) == "Hello, Ada (warm)"
    write_files(root, {"promptops.yml": SETTINGS.replace("gpt-x", "gpt-y")})
    assert prompts.refresh().fresh
    assert said(prompts) == "Welcome, Ada (warm)"
    assert prompts.get("part").render(name="Ada").model == "gpt-y"


def test_prompts_may_move_to_another_folder(prompts: Prompts, root: Path) -> None:
    (root / "prompts").rename(root / "texts")
    write_files(root, {"promptops.yml": f"{SETTINGS}paths: {{prompts: texts}}\n"})
    assert prompts.refresh().fresh
    assert prompts.names() == ["greet", "part"]


def test_only_prompts_whose_files_changed_are_loaded_again(
    prompts: Prompts, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []

    def noted(project: object, name: str) -> object:
        loaded.append(name)
        return seal_prompt(project, name)  # type: ignore[arg-type]

    monkeypatch.setattr("promptops.runtime.worktree_prompts.seal_prompt", noted)
    prompts.refresh()
    write_files(root, {"notes.j2": "", "promptops.yml": f"# a remark\n{SETTINGS}"})
    prompts.refresh()
    assert loaded == []
    write_files(root, {PART: prompt_text("So long")})
    prompts.refresh()
    assert loaded == ["part"]
    write_files(root, {STYLE: "Be bold."})
    prompts.refresh()
    assert loaded == ["part", "greet", "part"]


def test_half_of_a_branch_switch_is_never_served(prompts: Prompts, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The partial of the new version is written while the old prompt has just been read."""
    rest = [{GREET: prompt_text("Second")}, {STYLE: "Second."}, {GREET: prompt_text("Third"), STYLE: "Third."}]
    read = Worktree.read

    def read_and_switch(self: Worktree, path: object) -> bytes:
        data = read(self, path)  # type: ignore[arg-type]
        if str(path) == GREET and rest:
            write_files(root, rest.pop(0))
        return data

    write_files(root, {GREET: prompt_text("First")})
    monkeypatch.setattr(Worktree, "read", read_and_switch)
    assert prompts.refresh().fresh
    assert not rest
    system, user = prompts.render("greet", name="Ada").messages()
    assert (system["content"], user["content"]) == ("Third.\n", "Third, Ada (warm)")


def test_files_that_never_rest_leave_the_last_good_version(
    prompts: Prompts, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, count = Worktree.read, 0

    def read_and_save(self: Worktree, path: object) -> bytes:
        nonlocal count
        data = read(self, path)  # type: ignore[arg-type]
        if str(path) == GREET:
            count += 1
            write_files(root, {GREET: prompt_text(f"Number {count}")})
        return data

    write_files(root, {GREET: prompt_text("First")})
    with monkeypatch.context() as patched:
        patched.setattr(Worktree, "read", read_and_save)
        assert "are being saved all the time" in prompts.refresh().reason
    assert said(prompts) == "Hello, Ada (warm)"
    assert prompts.refresh().fresh
    assert said(prompts).startswith("Number ")


def _in_place(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _by_renaming(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def _anew(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text, "utf-8")


def _with_a_backup(path: Path, text: str) -> None:
    path.rename(f"{path}~")
    path.write_text(text, "utf-8")
    Path(f"{path}~").unlink()


def _in_pieces(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        for piece in (text[:20], text[20:60], text[60:]):
            file.write(piece)
            file.flush()
            os.fsync(file.fileno())


WAYS = [_in_place, _by_renaming, _anew, _with_a_backup, _in_pieces]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("poll", [False, True])
def test_whatever_way_an_editor_saves_old_or_new_is_served(
    root: Path, way: Callable[[Path, str], None], poll: bool
) -> None:
    seen: list[str] = []
    with Prompts.from_worktree(root, poll=poll) as prompts:

        def has_arrived(words: str) -> bool:
            seen.append(said(prompts))
            return seen[-1] == f"{words}, Ada (warm)"

        for words in ("Welcome", "Farewell"):
            way(root / GREET, prompt_text(words))
            eventually(lambda words=words: has_arrived(words))  # type: ignore[misc]
    assert list(dict.fromkeys(seen)) in (
        ["Hello, Ada (warm)", "Welcome, Ada (warm)", "Farewell, Ada (warm)"],
        ["Welcome, Ada (warm)", "Farewell, Ada (warm)"],
    )


def test_while_files_are_saved_fast_only_whole_good_versions_are_seen(watched: Prompts, root: Path) -> None:
    """Saved in all the ways editors have, every third version broken; one of the readers looks by hand, too."""
    end = time.monotonic() + 3
    problems: list[str] = []
    seen: set[str] = set()

    def serve() -> None:
        try:
            while time.monotonic() < end:
                system, user = watched.render("greet", name="Ada").messages()
                seen.add(user["content"])
                if system["content"] != f"{PARTIAL}\n" or not user["content"].endswith(" Ada (warm)"):
                    problems.append(f"{system} {user}")
                watched.refresh() if len(seen) % 3 == 0 else watched.status()
        except Exception as exc:
            problems.append(repr(exc))

    threads = [threading.Thread(target=serve) for _ in range(3)]
    for thread in threads:
        thread.start()
    number = 0
    while time.monotonic() < end:
        number += 1
        text = BROKEN if number % 3 == 0 else prompt_text(f"Number {number}")
        WAYS[number % len(WAYS)](root / GREET, text)
        if number % 7 == 0 and text is not BROKEN:
            eventually(lambda number=number: f"Number {number}, Ada (warm)" in seen or time.monotonic() > end)  # type: ignore[misc]
        time.sleep(0.001)
    for thread in threads:
        thread.join(PATIENCE)
    assert problems == []
    assert len(seen) > 1
    write_files(root, {GREET: prompt_text("Last")})
    eventually(lambda: said(watched) == "Last, Ada (warm)")
    eventually(lambda: watched.status().fresh)


def test_a_file_that_is_away_for_a_moment_is_not_deleted(
    prompts: Prompts, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def save_meanwhile(seconds: float) -> None:
        waits.append(seconds)
        write_files(root, {GREET: prompt_text("Welcome")})

    (root / GREET).unlink()
    with monkeypatch.context() as patched:
        patched.setattr("promptops.runtime.worktree_prompts.time.sleep", save_meanwhile)
        prompts.refresh()
    assert waits[0] == 0.5
    assert said(prompts) == "Welcome, Ada (warm)"


def test_a_broken_save_is_told_while_watching_and_deleted_prompts_go(watched: Prompts, root: Path) -> None:
    write_files(root, {GREET: BROKEN})
    eventually(lambda: not watched.status().fresh)
    assert said(watched) == "Hello, Ada (warm)"
    (root / GREET).unlink()
    eventually(lambda: "greet" not in watched)
    eventually(lambda: watched.status().fresh)


def test_a_folder_of_prompts_may_go_and_come_back(watched: Prompts, root: Path) -> None:
    (root / "prompts").rename(root / "elsewhere")
    eventually(lambda: len(watched) == 0)
    (root / "elsewhere").rename(root / "prompts")
    eventually(lambda: len(watched) == 2)
    write_files(root, {GREET: prompt_text("Welcome")})
    eventually(lambda: said(watched) == "Welcome, Ada (warm)")


def test_the_whole_folder_may_go_and_come_back(watched: Prompts, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promptops.runtime.hot_reload.RETRY_INTERVAL", 0.01)
    root.rename(root.parent / "gone")
    eventually(lambda: "not there any more" in watched.status().reason)
    assert said(watched) == "Hello, Ada (warm)"
    (root.parent / "gone").rename(root)
    eventually(lambda: watched.status().fresh)
    write_files(root, {GREET: prompt_text("Welcome")})
    eventually(lambda: said(watched) == "Welcome, Ada (warm)")


def test_a_folder_that_was_away_for_a_moment_is_looked_at_again(
    watched: Prompts, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promptops.runtime.hot_reload.RETRY_INTERVAL", 0.01)
    _until_watching(watched)
    root.rename(root.parent / "gone")
    assert "not there any more" in watched.refresh().reason
    (root.parent / "gone").rename(root)
    eventually(lambda: watched.status().fresh)


def test_another_folder_may_take_its_place(watched: Prompts, root: Path) -> None:
    write_files(root.parent / "copy", {"promptops.yml": SETTINGS, STYLE: PARTIAL, GREET: prompt_text("Copied")})
    root.rename(root.parent / "gone")
    (root.parent / "copy").rename(root)
    eventually(lambda: said(watched) == "Copied, Ada (warm)")
    write_files(root, {GREET: prompt_text("Welcome")})
    eventually(lambda: said(watched) == "Welcome, Ada (warm)")


def test_where_the_system_watches_no_more_folders_files_are_polled_and_it_is_logged(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "limit reached")

    monkeypatch.setattr("watchdog.observers.inotify_c.InotifyFD.add_callback", refuse)
    with Prompts.from_worktree(root) as prompts:
        eventually(lambda: "fs.inotify.max_user_watches" in caplog.text)
        write_files(root, {GREET: prompt_text("Welcome")})
        eventually(lambda: said(prompts) == "Welcome, Ada (warm)")


def _until_watching(prompts: Prompts) -> None:
    eventually(lambda: prompts.status().checks > 1)


def _watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "promptops-refresh"]


def test_the_thread_is_a_daemon_and_ends_when_the_prompts_are_closed_or_dropped(root: Path) -> None:
    prompts = Prompts.from_worktree(root)
    assert [thread.daemon for thread in _watchers()] == [True]
    prompts.close()
    eventually(lambda: not _watchers())
    write_files(root, {GREET: prompt_text("Welcome")})
    assert said(prompts) == "Hello, Ada (warm)"
    prompts = Prompts.from_worktree(root)
    _until_watching(prompts)
    assert len(_watchers()) == 1
    del prompts
    gc.collect()
    eventually(lambda: not _watchers())


@contextmanager
def _forked(work: Callable[[], object]) -> Iterator[None]:
    """A child that does the work and ends with 0 when that went well."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    try:
        yield
    finally:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_forked_process_watches_for_itself(watched: Prompts, root: Path) -> None:
    _until_watching(watched)

    ready, tell = os.pipe()

    def child() -> None:
        eventually(lambda: said(watched) == "Welcome, Ada (warm)")
        os.write(tell, b"!")
        eventually(lambda: said(watched) == "Farewell, Ada (warm)")

    with _forked(child):
        os.close(tell)
        write_files(root, {GREET: prompt_text("Welcome")})
        eventually(lambda: said(watched) == "Welcome, Ada (warm)")
        assert os.read(ready, 1) == b"!"
        os.close(ready)
        write_files(root, {GREET: prompt_text("Farewell")})
        eventually(lambda: said(watched) == "Farewell, Ada (warm)")
