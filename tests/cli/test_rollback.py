"""`promptops rollback`: back to what was pinned before, from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository
from tests.workflows.pins import FILES, commits, pinned, tone

Run = Callable[..., Result]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """`greet`, pinned in two versions one after the other; the current folder is in it."""
    repo = GitRepository(tmp_path / "prompts")
    for files in (FILES, tone("Be brief.")):
        repo.commit(files)
        pinned(repo, "greet")
        repo.commit(message="pin")
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def run(repo: GitRepository) -> Run:
    """`promptops rollback …` in the project."""
    return lambda *args: CliRunner().invoke(cli, ["rollback", *args])


@pytest.mark.parametrize("names", [(), ("greet",), ("prompts/greet.prompt.yml",)])
def test_back_to_the_version_before(run: Run, repo: GitRepository, names: tuple[str, ...]) -> None:
    result = run(*names, "--env", "prod")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("greet: back to the version that was pinned before\n")
    assert "    - Be brief.\n    + Be kind.\n" in result.stdout
    assert "environments/prod.yml written.\n" in result.stdout
    assert commits(repo) == {"greet": repo.git("rev-parse", "HEAD~3")}


def test_json_and_dry_run(run: Run, repo: GitRepository) -> None:
    now = commits(repo)
    result = run("--env", "prod", "--dry-run", "--format", "json")
    data = json.loads(result.stdout)
    assert (data["written"], data["prompts"][0]["what"], commits(repo)) == (False, "back", now)
    assert "because of --dry-run" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gret", "--env", "prod"], "'gret' is not pinned here and never was"),
        (["--env", "prd"], "there is no such environment"),
        ([], "Missing option '--env'"),
    ],
)
def test_nothing_to_go_back_to_is_2_with_a_hint(run: Run, arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
