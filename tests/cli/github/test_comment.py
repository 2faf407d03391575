"""`promptops github comment` as a workflow's step runs it: environment, event file, GitHub on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.store.results_file import serialize_results
from tests.conftest import write_files
from tests.github_description import Description
from tests.github_server import GitHubServer, Reply
from tests.report import factory

Step = Callable[..., Result]


@pytest.fixture
def step(github: GitHubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Step:
    """`step("pull_request", payload, *arguments)`: the command in a step that this event started."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    write_files(tmp_path, {"results/a/results.json": serialize_results(factory.comparison())})

    def run(name: str, payload: dict[str, Any], *arguments: str, **environment: str) -> Result:
        (tmp_path / "event.json").write_text(json.dumps(payload), "utf-8")
        env = {
            "GITHUB_REPOSITORY": github.repository,
            "GITHUB_API_URL": github.url,
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_TOKEN": github.token,
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "GITHUB_RUN_ID": "5",
        }
        result = CliRunner().invoke(cli, ["github", "comment", *arguments], env=env | environment)
        assert github.token not in result.output
        return result

    return run


def _pull_request(github: GitHubServer, description: Description, number: int = 7) -> dict[str, Any]:
    """The published example of a pull request's event, for a pull request that the server has."""
    payload: dict[str, Any] = json.loads(json.dumps(description.events["pull_request"][0]))
    pull = payload["pull_request"]
    github.add_pull_request(number, head_sha=pull["head"]["sha"], base_ref=pull["base"]["ref"])
    payload["pull_request"]["number"] = payload["number"] = number
    payload["repository"]["full_name"] = github.repository
    return payload


def _summary(tmp_path: Path) -> str:
    path = tmp_path / "summary.md"
    return path.read_text("utf-8") if path.exists() else ""


def test_results_become_one_comment_that_later_results_edit(
    step: Step, github: GitHubServer, github_description: Description, tmp_path: Path
) -> None:
    payload = _pull_request(github, github_description)
    assert step("pull_request", payload, "--progress", "40 of 120").exit_code == 0
    assert "40 of 120" in github.bodies(7)[0]
    result = step("pull_request", payload, "results")
    assert result.exit_code == 0
    assert "#issuecomment-" in result.stderr
    assert result.stdout == ""
    (body,) = github.bodies(7)
    assert ": Meeting summary\n" in body
    assert _summary(tmp_path) == ""


def test_two_projects_have_two_comments(step: Step, github: GitHubServer, github_description: Description) -> None:
    payload = _pull_request(github, github_description)
    for project in ("legal", "support", "legal"):
        step("pull_request", payload, "results", "--project", project)
    assert [body.split("\n")[0] for body in github.bodies(7)] == [
        "<!-- promptops:legal -->",
        "<!-- promptops:support -->",
    ]


def test_a_read_only_token_ends_in_the_summary_and_never_fails_the_step(
    step: Step, github: GitHubServer, github_description: Description, tmp_path: Path
) -> None:
    github.read_only = True
    result = step("pull_request", _pull_request(github, github_description), "results")
    assert result.exit_code == 0
    assert "pull-requests: write" in result.stderr
    assert ": Meeting summary\n" in _summary(tmp_path)


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"GITHUB_TOKEN": ""}, "there is no token"),
        ({"GITHUB_TOKEN": "two words"}, "characters that no token has"),
        ({"GITHUB_REPOSITORY": ""}, "no repository is named"),
        ({"GITHUB_REPOSITORY": "x"}, "repository's name is OWNER/NAME"),
        ({"GITHUB_API_URL": "http://example.org"}, "not an https address"),
        ({"GITHUB_EVENT_PATH": "gone.json"}, "there is no such file: gone.json"),
        ({"GITHUB_EVENT_PATH": ""}, "GITHUB_EVENT_PATH names no file"),
        ({"GITHUB_EVENT_NAME": ""}, "no open pull request"),
    ],
)
def test_whatever_is_missing_is_told_and_the_summary_has_the_text(
    step: Step,
    github: GitHubServer,
    github_description: Description,
    tmp_path: Path,
    environment: dict[str, str],
    reason: str,
) -> None:
    result = step("pull_request", _pull_request(github, github_description), "results", **environment)
    assert result.exit_code == 0
    assert reason in result.stderr
    assert ": Meeting summary\n" in _summary(tmp_path)
    assert github.bodies(7) == []


def test_trouble_at_github_ends_in_the_summary(
    step: Step, github: GitHubServer, github_description: Description, tmp_path: Path
) -> None:
    payload = _pull_request(github, github_description)
    github.fail("GET", "/comments$", Reply(200, raw=b"<html>proxy</html>"))
    result = step("pull_request", payload, "results")
    assert result.exit_code == 0
    assert "not JSON" in result.stderr
    assert ": Meeting summary\n" in _summary(tmp_path)


def test_what_github_says_starts_no_command_in_the_log(
    step: Step, github: GitHubServer, github_description: Description
) -> None:
    payload = _pull_request(github, github_description)
    github.fail("POST", "/comments$", Reply(422, {"message": "x\n::add-mask::y\n##[error]z", "documentation_url": ""}))
    result = step("pull_request", payload, "results")
    assert result.exit_code == 0
    assert not any(line.lstrip().startswith(("::", "##[")) for line in result.output.splitlines())


def test_an_unreadable_result_is_told_and_the_other_is_shown(
    step: Step, github: GitHubServer, github_description: Description, tmp_path: Path
) -> None:
    write_files(tmp_path, {"results/::error::/results.json": '{"format": "promptops-results/9", "version": "9"}'})
    result = step("pull_request", _pull_request(github, github_description), "results")
    assert result.exit_code == 0
    (body,) = github.bodies(7)
    assert "written by promptops 9" in body
    assert ": Meeting summary\n" in body
    assert not any(line.startswith("::") for line in result.output.splitlines())


@pytest.mark.parametrize("arguments", [(), ("results", "--progress", "1 of 2"), ("results", "--run", "5")])
def test_it_needs_one_thing_to_say(step: Step, arguments: tuple[str, ...]) -> None:
    assert step("push", {}, *arguments).exit_code == 2


def test_a_run_that_cannot_be_shown_never_fails_the_step(step: Step, github: GitHubServer) -> None:
    result = step("workflow_run", {}, "--run", "404")
    assert result.exit_code == 0
    assert "nothing was posted" in result.stderr


def test_help_imports_no_client_and_lists_what_there_is() -> None:
    code = "import sys; from promptops.cli.main import cli; cli(['github', '--help'], standalone_mode=False); "
    code += "assert not {'httpx2', 'pydantic', 'openai', 'git', 'yaml'} & set(sys.modules), sorted(sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "comment" in done.stdout
