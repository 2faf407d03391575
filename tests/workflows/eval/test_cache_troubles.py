"""A cache that is damaged, locked or cannot be written ends no run, and the run says what it means."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from promptops.errors import StoreBusyError
from promptops.store.results_file import parse_results
from promptops.workflows.eval.evaluate import execute
from promptops.workflows.eval.interrupted_runs import KnownKeys
from promptops.workflows.eval.plan_text import describe_plan
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from tests.conftest import write_files
from tests.workflows.scene import answering, command, environment, evaluate, files_for, many_cases, workspace_at


def damage(path: Path) -> None:
    path.write_bytes(b"\xa5" * path.stat().st_size)


def test_case_58_a_damaged_cache_is_set_aside_and_told_and_filled_from_the_runs_that_are_still_here(
    tmp_path: Path,
) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        workspace = workspace_at(tmp_path / "p")
        evaluate(workspace, out=workspace.state / "results/20260101-000000-greet")
        damage(workspace.state / "cache.db")
        results = evaluate(workspace)
        assert len(endpoint.asked) == 3
        (aside,) = workspace.state.glob("cache.db.damaged-*")
        assert any(f"it is set aside as {aside.name}" in note for note in results.notes)
        assert not any("set aside" in note for note in evaluate(workspace).notes)
    assert [sample.cached for sample in results.samples] == [True] * 3


@pytest.mark.parametrize("planned", [True, False])
def test_case_58_damage_that_shows_late_costs_no_reply_either(tmp_path: Path, *, planned: bool) -> None:
    """The file opens as it should; only its last page, which a reply lies on, cannot be read."""
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        write_files(tmp_path / "p", {"evals/greet.eval.yml": many_cases(60)})
        workspace = workspace_at(tmp_path / "p")
        evaluate(workspace, out=workspace.state / "results/20260101-000000-greet")
        content = (workspace.state / "cache.db").read_bytes()
        (workspace.state / "cache.db").write_bytes(content[:-4096] + b"\xff" * 4096)
        if planned:
            (prepared,) = prepare(workspace, EvalChoice())
            assert "(60 in cache)" in describe_plan(prepared, KnownKeys(workspace))
        results = evaluate(workspace)
        assert len(endpoint.asked) == 60
        assert (results.calls.cached, any("set aside" in note for note in results.notes)) == (60, not planned)


def test_case_58_the_plan_of_a_run_is_told_though_the_cache_is_damaged(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        workspace = workspace_at(tmp_path / "p")
        evaluate(workspace, out=workspace.state / "results/20260101-000000-greet")
        damage(workspace.state / "cache.db")
        (prepared,) = prepare(workspace, EvalChoice())
        said = describe_plan(prepared, KnownKeys(workspace))
        assert len(evaluate(workspace).samples) == len(endpoint.asked) == 3
    assert "(3 in cache)" in said
    assert "was damaged: it is set aside as" in said


def test_case_58_a_cache_that_is_deleted_is_begun_anew_and_nothing_is_made_up(tmp_path: Path) -> None:
    """Who deletes it wants to ask again: replies of runs that ended in order do not come back from their journals."""
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        workspace = workspace_at(tmp_path / "p")
        evaluate(workspace, out=workspace.state / "results/20260101-000000-greet")
        (workspace.state / "cache.db").unlink()
        results = evaluate(workspace)
        assert len(endpoint.asked) == 6
    assert results.notes == ()


def test_case_58_while_another_process_writes_all_along_the_run_goes_on_and_the_next_one_knows_its_replies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promptops.evals.engine.known_replies.PATIENCE", 0.01)
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        workspace = workspace_at(tmp_path / "p")
        evaluate(workspace, out=workspace.state / "results/20260101-000000-greet")
        write_files(tmp_path / "p", {"evals/greet.eval.yml": many_cases(5)})
        other = sqlite3.connect(workspace.state / "cache.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        (prepared,) = prepare(workspace, EvalChoice())
        results = execute(workspace, prepared, workspace.state / "results/20260102-000000-greet")
        other.execute("ROLLBACK")
        other.close()
        assert (results.stopped, len(results.samples), len(endpoint.asked)) == ("", 5, 8)
        assert "the next run takes the replies from this run's journal" in results.notes[-1]
        again = evaluate(workspace)
        assert (len(endpoint.asked), again.calls.cached) == (8, 5)


def test_case_58_a_cache_that_another_program_keeps_from_being_read_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promptops.store.shared_database.PATIENCE", 0.01)
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        workspace = workspace_at(tmp_path / "p")
        evaluate(workspace)
        other = sqlite3.connect(workspace.state / "cache.db", isolation_level=None)
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusyError, match="another program holds it") as caught:
            evaluate(workspace)
        other.close()
        assert len(endpoint.asked) == 3
    assert "database browser" in caught.value.hint


READ_ONLY = """
import os, sys
from promptops.cli.main import main
folder, out = sys.argv[1:]
sys.argv[1:] = ["eval"]
try:
    main()  # where all may be written, so that everything is imported that nobody else may read
except SystemExit as exc:
    assert not exc.code
if os.geteuid() == 0:  # who may write everything
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
os.chdir(folder)
sys.argv[1:] = ["eval", "--out", out]
main()
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of files are POSIX's")
def test_case_58_in_a_project_that_cannot_be_written_a_run_keeps_its_results_elsewhere() -> None:
    with TemporaryDirectory() as name, answering() as endpoint:  # pytest's own folder may be read by nobody else
        root = Path(name) / "p"
        write_files(root, files_for(endpoint.url))
        evaluate(workspace_at(root))
        write_files(root, {"evals/greet.eval.yml": many_cases(4).replace("Nr0x", "Ada")})
        write_files(Path(name) / "warm", files_for(endpoint.url))
        (Path(name) / "kept").mkdir()
        (Path(name) / "kept").chmod(0o777)
        for path in (root, *root.rglob("*"), Path(name)):
            path.chmod(0o555 if path.is_dir() else 0o444)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(root), str(Path(name) / "kept/run")],
            cwd=Path(name) / "warm", env=environment(HOME=name), capture_output=True, text=True, check=False,
        )  # fmt: skip
        for path in (root, *root.rglob("*"), Path(name)):
            path.chmod(0o755)
        assert done.returncode == 0, done.stderr
        results = parse_results((Path(name) / "kept/run/greet/results.json").read_bytes())
        assert sorted(endpoint.asked[6:]) == ["Greet Nr1x", "Greet Nr2x", "Greet Nr3x"]  # Ada is known
    assert any("cache.db cannot be written" in note for note in results.notes)


def test_a_journal_that_another_program_wrote_into_the_state_folder_stops_nothing(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        state = {
            "results/20260101-000000-x/journal.jsonl": "{}\n",
            "results/20260102-000000-x/journal.jsonl": "\x00" * 5000,
            "results/20260103-000000-x/journal.jsonl": '{"format": "promptops-journal/1", "plan": "p"}\n[]\n{"key": 1',
            "check/x/journal.jsonl": "",
        }
        write_files(workspace_at(tmp_path / "p").state, state)
        (workspace_at(tmp_path / "p").state / "bisect/1/journal.jsonl").mkdir(parents=True)
        results = evaluate(workspace_at(tmp_path / "p"))
        assert len(endpoint.asked) == 3
    assert (results.stopped, results.notes) == ("", ())


def test_a_run_whose_first_line_was_cut_off_makes_room_for_the_next(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        write_files(tmp_path / "out", {"journal.jsonl": '{"format": "promptops-jou'})
        assert len(evaluate(workspace_at(tmp_path / "p"), out=tmp_path / "out").samples) == 3


def test_latest_that_is_no_text_any_more_is_worked_out_from_the_folders(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        for _ in range(2):
            subprocess.run(command("eval"), cwd=tmp_path / "p", env=environment(), capture_output=True, check=True)
        for content in (b"\xff\xfe\x00", b"", b"a\x00b"):
            (tmp_path / "p/.promptops/results/latest").write_bytes(content)
            shown = subprocess.run(
                command("report", "--format", "json"), cwd=tmp_path / "p", env=environment(), capture_output=True,
                text=True, check=False,
            )  # fmt: skip
            assert shown.returncode == 0, shown.stderr
            assert json.loads(shown.stdout)
