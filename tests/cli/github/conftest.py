"""`promptops github pin` as a step of a workflow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from tests.cli.github.checkout import Checkout, Run
from tests.github_server import GitHubServer
from tests.workflows.pins import FILES


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path, FILES)


@pytest.fixture
def run(checkout: Checkout, github: GitHubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`promptops github pin …` as a step of a workflow that was started by hand."""
    event = tmp_path / "event.json"
    [dispatch, *_] = github.description.events["workflow_dispatch"]
    dispatch["repository"]["default_branch"] = "trunk"
    event.write_text(json.dumps(dispatch))
    monkeypatch.chdir(checkout.root)
    for name, value in (
        ("EVENT_NAME", "workflow_dispatch"),
        ("EVENT_PATH", event),
        ("REPOSITORY", github.repository),
        ("API_URL", github.url),
        ("TOKEN", github.token),
        ("STEP_SUMMARY", tmp_path / "summary.md"),
    ):
        monkeypatch.setenv(f"GITHUB_{name}", str(value))
    return lambda *args: CliRunner().invoke(cli, ["github", "pin", "--env", "prod", "--", *args])
