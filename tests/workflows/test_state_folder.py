"""Replies and results that a commit brings along are no answers of models."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from promptops.errors import PromptopsError, StoreError
from promptops.workflows.check.check import check
from promptops.workflows.eval.collect_results import find_results
from promptops.workflows.eval.evaluate import run_case
from promptops.workflows.eval.prepared_run import EvalChoice
from promptops.workflows.eval.save_results import load_results
from promptops.workflows.notes.git_notes import note_results
from promptops.workflows.state_folder import require_own_results
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


def refused(root: Path, why: str) -> None:
    with pytest.raises(StoreError, match=why):
        _ = workspace_at(root).state


@pytest.mark.parametrize("folder", [".promptops", ".PromptOps"])
def test_what_git_tracks_is_refused_however_it_is_written(repo: GitRepository, folder: str) -> None:
    write_files(repo.root, {f"{folder}/cache.db": "made up"})
    repo.git("add", "--force", folder)  # in the index alone
    (repo.root / ".promptops").mkdir(exist_ok=True)
    refused(repo.root, "came with the commit")
    repo.git("commit", "--quiet", "--message", "with state")
    repo.git("rm", "-r", "--quiet", "--cached", folder)  # in the newest commit alone
    refused(repo.root, "came with the commit")
    repo.git("commit", "--quiet", "--message", "without")
    assert workspace_at(repo.root).state.is_dir()


@pytest.mark.parametrize("name", ["", "/results", "/cache.db", "/results/20260101-000000-greet", "/results/latest"])
def test_no_link_is_followed_wherever_it_stands(repo: GitRepository, tmp_path: Path, name: str) -> None:
    link = repo.root / f".promptops{name}"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(tmp_path / "elsewhere")
    refused(repo.root, "this is a link")
    with pytest.raises(StoreError, match="this is a link"):
        workspace_at(repo.root).ready_state()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_files_of_another_user_are_refused_but_not_those_of_whoever_has_the_project(repo: GitRepository) -> None:
    write_files(repo.root, {".promptops/results/old/results.json": "made up"})
    os.chown(repo.root / ".promptops/results/old/results.json", 12345, 12345)
    refused(repo.root, r"results/old/results\.json: this belongs to another user \(number 12345\)")
    os.chown(repo.root, 12345, 12345)
    repo.git("config", "--global", "--add", "safe.directory", str(repo.root))
    assert workspace_at(repo.root).state.is_dir()


def test_a_project_in_a_folder_looks_at_its_own(repo: GitRepository) -> None:
    forced(repo, "tools/.promptops/cache.db")
    repo.commit({"tools/promptops.yml": ""})
    _ = workspace_at(repo.root).state
    refused(repo.root / "tools", "came with the commit")


def test_where_git_cannot_say_what_was_committed_nothing_is_believed(repo: GitRepository) -> None:
    workspace_at(repo.root).ready_state()
    (repo.root / ".git/HEAD").write_text("damaged")
    with pytest.raises(PromptopsError):
        _ = workspace_at(repo.root).state


def test_what_a_run_left_there_is_fine_and_so_is_a_project_without_git(repo: GitRepository, tmp_path: Path) -> None:
    workspace_at(repo.root).ready_state()
    assert workspace_at(repo.root).state.is_dir()
    write_files(tmp_path / "plain", {"promptops.yml": "", ".promptops/cache.db": ""})
    assert workspace_at(tmp_path / "plain").state.is_dir()


def test_results_that_somebody_names_are_looked_at_too(repo: GitRepository, tmp_path: Path) -> None:
    forced(repo, ".promptops/results/old/results.json")
    for folder in (repo.root / ".promptops/results/old", repo.root / "evals/../.promptops/results"):
        with pytest.raises(StoreError, match="came with the commit"):
            load_results(workspace_at(tmp_path), folder)
        with pytest.raises(StoreError, match="came with the commit"):
            require_own_results(folder)
        assert "came with the commit" in find_results([folder]).unread[0].why


def test_a_case_that_is_asked_while_one_writes_has_no_made_up_reply(repo: GitRepository, endpoint: Endpoint) -> None:
    forced(repo, ".promptops/cache.db")
    with pytest.raises(StoreError, match="came with the commit"):
        run_case(workspace_at(repo.root), "greet", "ada")
    assert endpoint.asked == []
