"""Results on disk: whole or not at all, and found again."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from promptops.errors import EvalError, StoreError
from promptops.model.results import Results
from promptops.source.files.atomic_write import write_atomically
from promptops.store.results_file import serialize_results
from promptops.workflows.eval.save_results import load_results, save_results
from promptops.workflows.workspace import Workspace
from tests.conftest import GitRepository, write_files


def _results(suite: str = "greet") -> Results:
    return Results(
        suite=suite, suite_path="evals/greet.eval.yml", prompt="greet", title="Greet", suite_digest="sha256:0",
        arms=(), criteria=(), cases=(), rendered=(), samples=(),
    )  # fmt: skip


def _workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "a project ü").mkdir()
    return Workspace(tmp_path / "a project ü", tmp_path / "cache")


def test_what_is_kept_is_found_again_as_the_latest(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path)
    folder = workspace.state / "results" / "one"
    said = save_results(workspace, folder, _results())
    assert said == ".promptops/results/one/report.html written"
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "results.json"]
    assert load_results(workspace, None) == _results()
    save_results(workspace, workspace.state / "results" / "two", _results("other"))
    assert load_results(workspace, None) == _results("other")
    assert load_results(workspace, workspace.state / "results" / "latest") == _results("other")
    assert load_results(workspace, folder) == _results()
    assert load_results(workspace, folder / "results.json") == _results()


def test_a_folder_elsewhere_is_named_in_full_and_is_the_latest_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = _workspace(tmp_path)
    monkeypatch.chdir(tmp_path)
    said = save_results(workspace, Path("elsewhere"), _results())
    assert said == f"{tmp_path.as_posix()}/elsewhere/report.html written"
    monkeypatch.chdir(workspace.root)
    assert load_results(workspace, None) == _results()


def test_the_state_folder_is_ignored_by_git(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path)
    repo = GitRepository(workspace.root)
    save_results(workspace, workspace.state / "results" / "one", _results())
    assert repo.git("status", "--porcelain") == ""
    (workspace.state / ".gitignore").write_text("# mine\n*\n")
    save_results(workspace, workspace.state / "results" / "two", _results())
    assert (workspace.state / ".gitignore").read_text() == "# mine\n*\n"


def test_before_the_first_run_there_is_a_hint(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no results yet") as raised:
        load_results(_workspace(tmp_path), None)
    assert "promptops eval" in raised.value.hint


def test_a_latest_that_was_deleted_is_an_error_with_its_place(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path)
    write_files(workspace.state / "results", {"latest": str(tmp_path / "gone")})
    with pytest.raises(StoreError, match="gone: no results here"):
        load_results(workspace, None)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not JSON|Invalid JSON|EOF"),
        (b"\xff\xfe{}", "JSON|UTF-8|utf"),
        (b"[]", "results.json"),
        (b"null", "no results"),
        (serialize_results(_results())[:-30], "JSON|EOF"),
        (serialize_results(_results()).replace(b"promptops-results/1", b"promptops-results/9"), "promptops-results/9"),
    ],
    ids=["empty", "not text", "a list", "null", "cut off", "from the future"],
)
def test_a_results_json_that_cannot_be_read_is_said_in_words(tmp_path: Path, data: bytes, message: str) -> None:
    write_files(tmp_path / "r", {"results.json": data})
    with pytest.raises(EvalError, match=message):
        load_results(_workspace(tmp_path), tmp_path / "r")


def test_a_full_disk_leaves_the_old_results_and_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = _workspace(tmp_path)
    folder = workspace.state / "results" / "one"
    save_results(workspace, folder, _results())
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(StoreError, match="results cannot be written: No space left"):
            save_results(workspace, folder, _results("other"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file: the results cannot be written"):
        save_results(_workspace(tmp_path), tmp_path / "file", _results())


def test_write_whole_replaces_and_cleans_up_after_an_interrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_atomically(tmp_path / "a", b"old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_other_people_of_the_machine_may_read_results_as_any_file(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        write_atomically(tmp_path / "a", b"x")
    finally:
        os.umask(old)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644
