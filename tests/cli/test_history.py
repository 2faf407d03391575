"""`promptops history` and `promptops bisect` from the outside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository
from tests.workflows.bisect.test_bisect import NAME, PROMPT, by_words, text
from tests.workflows.scene import Endpoint, answering, files_for, many_cases

Run = Callable[..., Result]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with answering(by_words) as found:
        yield found


@pytest.fixture
def repo(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """Four versions of a prompt, the third of which broke something; and the current folder in it."""
    repo = GitRepository(tmp_path / "my prömpts")
    repo.commit({**files_for(endpoint.url), **text("v0"), "evals/greet.eval.yml": many_cases(20)}, "Begin (#1)")
    repo.commit(text("v1"), "Kinder (#2)")
    repo.commit(text("p5 v2"), "Shorter (#3)")
    repo.commit(text("p5 v3"), "House style (#4)")
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def run() -> Run:
    return lambda *args: CliRunner().invoke(cli, list(args))


def test_the_versions_of_a_prompt_with_the_results_of_this_machine(run: Run, repo: GitRepository) -> None:
    assert run("eval").exit_code == 0
    result = run("history", "greet")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "greet"
    assert lines[1].split() == ["says", "the", "name", "cost/1k"]
    rows = [line for line in lines if "Ada" in line]
    assert [row.split("#")[1].split("  ")[0] for row in rows] == ["4 House style", "3 Shorter", "2 Kinder", "1 Begin"]
    assert "5%" in rows[0]
    assert "%" not in rows[1]
    assert "git fetch origin refs/notes/promptops:refs/notes/promptops" in result.stdout


def test_a_path_a_limit_and_a_revision(run: Run, repo: GitRepository) -> None:
    result = run("history", PROMPT, "--limit", "1", "--at", "HEAD~1", "--format", "json")
    data = json.loads(result.stdout)
    assert [one["title"] for one in data["versions"]] == ["Shorter"]
    assert data["older"]


def test_a_pipe_cuts_no_title(run: Run, repo: GitRepository) -> None:
    repo.commit(text("p5 v4"), "Begin with the order note of the bakery, and all that follows " * 3 + "to the end")
    assert "to the end" in run("history", "greet").stdout


def test_a_page(run: Run, repo: GitRepository) -> None:
    run("eval")
    result = run("history", "greet", "--format", "html")
    assert result.stdout.startswith("<!doctype html>")
    assert "<svg" in result.stdout


def test_a_prompt_nobody_knows(run: Run, repo: GitRepository) -> None:
    result = run("history", "great")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean 'greet'" in result.stderr


def test_the_commit_is_found_with_words_for_people_on_stderr(run: Run, repo: GitRepository) -> None:
    result = run("bisect", "greet", "--criterion", NAME, "HEAD~3", "HEAD")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("'says the name' regressed with ")
    assert "#3 Shorter" in result.stdout.splitlines()[0]
    assert "3 versions of greet to search" in result.stderr
    assert "to search" not in result.stdout


def test_a_search_as_json(run: Run, repo: GitRepository) -> None:
    result = run("bisect", "evals/greet.eval.yml", "--criterion", NAME, "HEAD~3", "HEAD", "--format", "json")
    data = json.loads(result.stdout)
    assert data["firstBad"]["commit"] == repo.git("rev-parse", "HEAD~1")


def test_no_commit_was_found(run: Run, repo: GitRepository) -> None:
    result = run("bisect", "greet", "--criterion", NAME, "HEAD~3", "HEAD~2")
    assert result.exit_code == 1
    assert result.stdout.startswith("No difference beyond noise")


def test_a_criterion_nobody_knows(run: Run, repo: GitRepository) -> None:
    result = run("bisect", "greet", "--criterion", "nonsense", "HEAD~3", "HEAD")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there are: 'says the name'" in result.stderr
