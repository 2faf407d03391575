"""`promptops github label` from the outside: the event in a file, the token in the environment, GitHub on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.github_server import GitHubServer
from tests.workflows.comment_commands.labelling import LABELS, Scene

LABEL = "/promptops label c00 tone pass"


@pytest.fixture
def scene(github: GitHubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.chdir(tmp_path)
    return Scene(github, tmp_path)


def run(scene: Scene, monkeypatch: pytest.MonkeyPatch, event: dict[str, Any], *more: str, token: str = "") -> Result:
    Path("event.json").write_text(json.dumps(event))
    for name, value in {
        "REPOSITORY": scene.server.repository, "API_URL": scene.server.url, "EVENT_NAME": "issue_comment",
        "EVENT_PATH": "event.json", "TOKEN": token or scene.server.token,
    }.items():  # fmt: skip
        monkeypatch.setenv(f"GITHUB_{name}", value)
    return CliRunner().invoke(cli, ["github", "label", *more])


def test_a_comment_is_obeyed_and_the_log_says_what_was_done(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(scene, monkeypatch, scene.event(LABEL), "results")
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines()[0] == "done: recorded in evals/labels/s.jsonl: pass, as the judgement of @ana"
    assert len(scene.lines()) == 1
    assert scene.lines()[0]["when"].endswith("+00:00")
    assert scene.server.token not in result.output


def test_a_polite_no_is_no_failure_of_the_job(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(scene, monkeypatch, scene.event(LABEL, "mallory"), "results")
    assert (result.exit_code, scene.written) == (0, {})
    assert result.stderr.startswith("not done: ")


def test_a_project_in_a_folder_is_named(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for ref in ("b" * 40, "main"):
        scene.server.files[ref] = {f"tools/{name}": data for name, data in scene.server.files[ref].items()}
    assert run(scene, monkeypatch, scene.event(LABEL), "results", "--project", "tools").exit_code == 0
    assert list(scene.written) == [f"tools/{LABELS}"]


def test_an_event_that_asks_for_nothing_costs_no_request(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(scene, monkeypatch, scene.event("Thank you."))
    assert (result.exit_code, scene.server.requests) == (0, [])
    assert "asks for nothing" in result.stderr


def test_a_token_that_is_none_is_an_error_in_words(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(scene, monkeypatch, scene.event(LABEL), "results", token="ghs_old")
    assert result.exit_code == 2
    assert "GitHub does not know the token" in result.stderr
    assert "ghs_old" not in result.output
