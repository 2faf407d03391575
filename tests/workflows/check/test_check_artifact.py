"""What a check said is written beside its results, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.model.outcomes.check import CheckResult, ComparisonBase
from promptops.report.comment.check_json import load_check
from promptops.workflows.check.check_artifact import save_check
from tests.conftest import GitRepository
from tests.workflows.scene import files_for, workspace_at

CHECKED = CheckResult(ComparisonBase(None, "nothing"), looked_at="no problems in 1 prompt")


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    repo = GitRepository(tmp_path / "work")
    repo.commit(files_for("http://127.0.0.1:1/v1"))
    return repo


def test_it_lies_with_the_results(repo: GitRepository) -> None:
    folder = repo.root / ".promptops" / "check"
    assert save_check(workspace_at(repo.root), folder, CHECKED) == ""
    assert load_check((folder / "check.json").read_bytes()).looked_at == "no problems in 1 prompt"


def test_nothing_is_written_where_a_commit_leads(repo: GitRepository, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (repo.root / ".promptops").symlink_to(elsewhere)
    why = save_check(workspace_at(repo.root), repo.root / ".promptops" / "check", CHECKED)
    assert "this is a link" in why
    assert list(elsewhere.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(repo: GitRepository) -> None:
    assert "is not written" in save_check(workspace_at(repo.root), repo.root / "promptops.yml" / "check", CHECKED)
