"""What lint can mend is proposed beside the lines of the pull request, and nothing about the check hangs on that."""

from __future__ import annotations

import pytest

from tests.cli.github.test_check import _event, repo, run
from tests.conftest import GitRepository
from tests.github_server import FORBIDDEN, GitHubServer, Reply
from tests.workflows.scene import POLITE

__all__ = ["repo"]
PROMPT = "prompts/greet.prompt.yml"
SLIP = POLITE.replace("model: small", "model: small\nmodelParameters: {temprature: 0.2}")


def pull(repo: GitRepository, github: GitHubServer, text: str) -> dict[str, str]:
    """The pull request with this prompt, and its diff as GitHub gives it."""
    repo.commit({PROMPT: text})
    patch = repo.git("diff", "main", "HEAD", "--", PROMPT)
    github.patches[7] = {PROMPT: patch[patch.index("@@") :]}
    return _event(repo, github)


def test_it_is_proposed_once_and_closed_when_it_is_mended(repo: GitRepository, github: GitHubServer) -> None:
    env = pull(repo, github, SLIP)
    result = run(**env)
    assert result.exit_code == 1
    assert f"::warning file={PROMPT},line=3" in result.stdout  # beside the line in the diff, as ever
    [beside] = github.beside_lines(7)
    assert (beside["path"], beside["line"]) == (PROMPT, 3)
    assert "```suggestion\nmodelParameters: {temperature: 0.2}\n```" in beside["body"]
    [comment] = github.bodies(7)
    assert f"[Edit this file](https://github.com/acme/prompts/edit/shorter/{PROMPT}#L3)" in comment
    run(**env)
    assert len(github.beside_lines(7)) == 1
    assert run(**pull(repo, github, SLIP.replace("temprature", "temperature"))).exit_code == 0
    assert "Mended" in github.beside_lines(7)[0]["body"]


def test_a_file_that_cannot_be_read_any_more_is_not_called_mended(repo: GitRepository, github: GitHubServer) -> None:
    run(**pull(repo, github, SLIP))
    run(**pull(repo, github, SLIP.replace("messages:", "messages")))
    assert "Mended" not in github.beside_lines(7)[0]["body"]
    repo.commit({"promptops.yml": "models: ["})
    run(**pull(repo, github, SLIP.replace("temprature", "temperature")))
    assert "Mended" not in github.beside_lines(7)[0]["body"]


@pytest.mark.parametrize("off", [["--no-suggestions"], ["--no-comment"], []])
def test_who_wants_none_has_none(repo: GitRepository, github: GitHubServer, off: list[str]) -> None:
    env = pull(repo, github, SLIP) | ({} if off else {"PROMPTOPS_SUGGESTIONS": "false"})
    assert run(*off, **env).exit_code == 1
    assert github.beside_lines(7) == []


def test_what_github_refuses_changes_no_verdict(repo: GitRepository, github: GitHubServer) -> None:
    env = pull(repo, github, SLIP)
    github.fail("POST", "/reviews$", Reply(403, FORBIDDEN))
    result = run(**env)
    assert result.exit_code == 1
    assert "proposals could not be written beside the lines" in result.stderr
    assert len(github.bodies(7)) == 1


def test_a_fork_s_own_run_writes_none(repo: GitRepository, github: GitHubServer) -> None:
    repo.commit({PROMPT: SLIP})
    assert run(**_event(repo, github, head_repository="mallory/prompts")).exit_code == 1
    assert {one.method for one in github.requests} <= {"GET"}
    assert github.beside_lines(7) == []
