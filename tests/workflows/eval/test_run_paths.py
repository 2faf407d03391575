"""Where results go: never into what belongs to somebody else, never two runs into one folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from promptops.errors import StoreError
from promptops.model.suite import folder_name
from promptops.workflows.eval.run_paths import require_run_folder, results_folder
from tests.conftest import write_files
from tests.workflows.scene import answering, evaluate, files_for, workspace_at

NOW = datetime(2026, 11, 5, 7, 8, 59, tzinfo=UTC)


def test_every_suite_has_a_folder_of_its_own() -> None:
    suites = ["a/b", "a-b", "a+b", "prompt:a", "prompt=a", "prompt-a", "ä b", "..", "a.b", "a%2bb"]
    assert len({folder_name(suite) for suite in suites}) == len(suites)
    assert not any(char in folder_name(suite) for suite in suites for char in '/\\:*?"<>| ')


def test_runs_that_begin_in_the_same_second_do_not_share_a_folder(tmp_path: Path) -> None:
    folders = [results_folder(workspace_at(tmp_path), "a", NOW) for _ in range(3)]
    assert [folder.name for folder in folders] == ["20261105-070859-a", "20261105-070900-a", "20261105-070901-a"]
    assert all(folder.is_dir() for folder in folders)


@pytest.mark.parametrize("name", ["journal.jsonl", "results.json"])
@pytest.mark.parametrize("content", ["dear diary\n", "[1, 2]", None], ids=["text", "json", "folder"])
def test_a_foreign_file_is_never_overwritten(tmp_path: Path, name: str, content: str | None) -> None:
    out = tmp_path / "out"
    if content is None:
        (out / name).mkdir(parents=True)
    else:
        write_files(out, {name: content})
    write_files(tmp_path / "p", files_for("http://127.0.0.1:9/v1"))
    with pytest.raises(StoreError):
        evaluate(workspace_at(tmp_path / "p"), out=out)
    assert content is None or (out / name).read_text() == content


def test_a_runs_own_folder_may_be_used_again(tmp_path: Path) -> None:
    write_files(tmp_path / "out", {"journal.jsonl": "", "results.json": '{"format": "promptops-results/1"}'})
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        require_run_folder(workspace_at(tmp_path / "p"), tmp_path / "out")
        for _ in range(2):
            evaluate(workspace_at(tmp_path / "p"), out=tmp_path / "out")
        assert len(endpoint.asked) == 3
