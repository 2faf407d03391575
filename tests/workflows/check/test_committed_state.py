"""Replies and results that a commit brings along are no answers of models."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import StoreError
from promptops.workflows.check.check import check
from promptops.workflows.committed_state import refuse_committed_state
from promptops.workflows.eval.prepared_run import EvalChoice
from promptops.workflows.notes.git_notes import note_results
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.check.test_check import NO_BASE
from tests.workflows.scene import Endpoint, files_for, workspace_at


@pytest.fixture
def repo(repository: RepositoryBuilder, endpoint: Endpoint) -> GitRepository:
    found = repository()
    found.commit(files_for(endpoint.url))
    return found


def forced(repo: GitRepository, name: str) -> None:
    """Commit a file although git is told to ignore it."""
    write_files(repo.root, {name: "made up"})
    repo.git("add", "--force", name)
    repo.commit()


@pytest.mark.parametrize("name", ["cache.db", "check/greet/results.json"])
def test_a_committed_file_there_is_neither_used_nor_noted(repo: GitRepository, endpoint: Endpoint, name: str) -> None:
    forced(repo, f".promptops/{name}")
    space = workspace_at(repo.root)
    found = check(
        space,
        EvalChoice(),
        NO_BASE,
        repo.root / ".promptops/check",
        version="0",
        on_lint=lambda report: None,
        watch=lambda done, total: None,
    )
    assert (found.verdict, found.results, endpoint.asked) == ("error", (), [])
    assert "came with the commit" in found.problems[0].why
    with pytest.raises(StoreError, match="came with the commit"):
        note_results(space, [repo.root / ".promptops/check"])


def test_a_link_is_not_followed(repo: GitRepository, tmp_path: Path) -> None:
    (repo.root / ".promptops").symlink_to(tmp_path)
    with pytest.raises(StoreError, match="came with the commit"):
        refuse_committed_state(workspace_at(repo.root))


def test_a_project_in_a_folder_looks_at_its_own(repo: GitRepository) -> None:
    forced(repo, "tools/.promptops/cache.db")
    repo.commit({"tools/promptops.yml": ""})
    refuse_committed_state(workspace_at(repo.root))
    with pytest.raises(StoreError, match="came with the commit"):
        refuse_committed_state(workspace_at(repo.root / "tools"))


def test_what_a_run_left_there_is_fine_and_so_is_a_project_without_git(repo: GitRepository, tmp_path: Path) -> None:
    workspace_at(repo.root).ready_state()
    refuse_committed_state(workspace_at(repo.root))
    write_files(tmp_path / "plain", {"promptops.yml": "", ".promptops/cache.db": ""})
    refuse_committed_state(workspace_at(tmp_path / "plain"))
