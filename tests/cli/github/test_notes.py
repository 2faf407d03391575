"""`promptops github notes` from the outside, beside a remote that it pushes to."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from promptops.source.git.notes import REF
from tests.conftest import GitRepository
from tests.workflows.scene import Endpoint, files_for


@pytest.fixture
def repo(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A clone of a bare remote in which a suite was evaluated, as after a push to the default branch."""
    bare, repo = GitRepository(tmp_path / "remote.git", "--bare"), GitRepository(tmp_path / "clone")
    repo.commit(files_for(endpoint.url))
    repo.git("remote", "add", "origin", f"file://{bare.root}")
    repo.git("push", "--quiet", "origin", "HEAD:main")
    monkeypatch.chdir(repo.root)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/prompts")
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
    assert CliRunner().invoke(cli, ["eval"]).exit_code == 0
    return repo


def remote(repo: GitRepository, *words: str) -> str:
    return repo.git(f"--git-dir={repo.root.parent}/remote.git", *words)


def test_results_are_noted_and_pushed(repo: GitRepository) -> None:
    head = repo.git("rev-parse", "HEAD")
    result = CliRunner().invoke(cli, ["github", "notes"])
    assert result.exit_code == 0, result.output
    assert result.stdout == f"1 scorecard noted at {head[:7]} and pushed to origin ({REF})\n"
    note = remote(repo, "notes", "--ref=promptops", "show", head)
    assert '"run":"https://github.com/acme/prompts/actions/runs/7"' in note
    assert "ghs_secret" not in result.output + note
    assert "ghs_secret" not in (repo.root / ".git/config").read_text()


def test_kept_here_only(repo: GitRepository) -> None:
    result = CliRunner().invoke(cli, ["github", "notes", "--no-push", ".promptops/results"])
    assert "kept here" in result.stdout
    assert remote(repo, "for-each-ref", "refs/notes") == ""


def test_edits_that_are_not_committed_are_not_noted(repo: GitRepository) -> None:
    (repo.root / "promptops.yml").write_text((repo.root / "promptops.yml").read_text() + "# edited\n")
    CliRunner().invoke(cli, ["eval", "--out", "edited"])
    result = CliRunner().invoke(cli, ["github", "notes", "edited"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "not noted: edited/greet (greet): the files were not committed as they were evaluated" in result.stderr


def test_a_remote_that_is_none(repo: GitRepository) -> None:
    result = CliRunner().invoke(cli, ["github", "notes", "--remote", "elsewhere"])
    assert result.exit_code == 2
    assert "elsewhere" in result.stderr
    assert "ghs_secret" not in result.output
