"""`promptops github check` of a pull request that promotes a version, as one step runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.github_server import GitHubServer
from tests.workflows.environment_review.promotions import PROD, Shared
from tests.workflows.pins import FAILED, PASSED
from tests.workflows.scene import GREET, Endpoint, files_for

TONE = '{% include "shared/tone.j2" %}'


class PullRequest:
    """The step of a workflow that a pull request of `shared.clone` started."""

    def __init__(self, shared: Shared, github: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shared, self.github = shared, github
        monkeypatch.chdir(shared.clone.root)
        self.env = {
            "GITHUB_API_URL": github.url,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(shared.folder / "event.json"),
            "GITHUB_REPOSITORY": github.repository,
            "GITHUB_STEP_SUMMARY": str(shared.folder / "summary.md"),
            "GITHUB_TOKEN": github.token,
        }

    def check(self) -> tuple[Result, str]:
        """How it ended, and the comment."""
        clone = self.shared.clone
        pull = self.github.add_pull_request(
            7, head_sha=clone.git("rev-parse", "HEAD"), base_sha=clone.git("rev-parse", "origin/main")
        )
        payload = {"pull_request": pull, "repository": {"full_name": self.github.repository}}
        Path(self.env["GITHUB_EVENT_PATH"]).write_text(json.dumps(payload), "utf-8")
        result = CliRunner().invoke(cli, ["github", "check"], env=self.env)
        [comment] = self.github.bodies(7)
        return result, comment


def test_a_promotion_alone_is_shown_and_a_failed_gate_fails_it(
    tmp_path: Path, github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = Shared(tmp_path, FAILED)
    pull = PullRequest(shared, github, monkeypatch)
    shared.clone.commit({PROD: f"pins:\n{shared.row(shared.two)}"})
    result, comment = pull.check()
    assert result.exit_code == 1, result.output
    assert comment.splitlines()[1].startswith("### ⛔ Must not be served: prod: greet ")
    assert "### ❌ prod: greet must not be served like this" in comment
    assert f"prod: greet {shared.one[:7]} → {shared.two[:7]}" in comment
    assert "Nothing was evaluated" not in comment
    assert f"prod: greet {shared.two[:7]}: the rule 'says the name ≥ 75%' does not hold" in result.stderr
    assert "verdict: blocked" in result.stderr
    assert comment.splitlines()[1] in Path(pull.env["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    row = shared.row(shared.two, behind="  # forced: agreed with legal")
    shared.clone.commit({PROD: f"pins:\n{row}"})
    result, comment = pull.check()
    assert result.exit_code == 0, result.output
    assert "agreed with legal" in comment
    assert github.token not in comment + result.output


def test_a_change_of_prompts_and_environments_shows_both(
    tmp_path: Path, endpoint: Endpoint, github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greet(how: str) -> str:
        return GREET.replace("Greet {{ who }}'", f"{how} {{{{ who }}}}' \n  - role: system\n    content: '{TONE}'")

    files = {
        **files_for(endpoint.url),
        "prompts/shared/tone.j2": "Be kind.\n",
        "prompts/greet.prompt.yml": greet("Greet"),
    }
    shared = Shared(tmp_path, PASSED, files)
    two = shared.work.commit({"prompts/greet.prompt.yml": greet("Greet politely:")})
    shared.publish()
    shared.clone = shared.cloned("both")
    pull = PullRequest(shared, github, monkeypatch)
    shared.clone.commit({PROD: f"pins:\n{shared.row(two)}", "prompts/greet.prompt.yml": greet("Greet warmly:")})
    result, comment = pull.check()
    assert result.exit_code == 0, result.output
    assert comment.index(f"prod: greet {shared.one[:7]} → {two[:7]}") > comment.index("### ➖ ")
    assert "+Greet politely: Ada" in comment
    assert "3 cases" in comment
