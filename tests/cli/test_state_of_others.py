"""Every command meets a `.promptops` that a commit brought along: none reads a byte of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from promptops.cli.github import COMMANDS as GITHUB_COMMANDS
from promptops.cli.main import cli
from promptops.cli.registry import COMMANDS
from tests.conftest import GitRepository, write_files
from tests.workflows.scene import POLITE, Endpoint, files_for

REFUSES = [
    "check --base HEAD~1",
    "bisect greet --criterion 'says the name' HEAD~2 HEAD",
    "eval",
    "eval --base HEAD~1 --untrusted",
    "eval --out elsewhere",
    "eval --plan",
    "eval --resume",
    "eval --retry-errors",
    "github notes --no-push",
    "github notes --no-push .promptops/results",
    "history greet",
    "audit",
    "pin greet --env prod",
    "pin greet --env prod --dry-run",
    "report",
    "report .promptops/results/20260101-000000-greet",
]
"""What needs replies or results, and must say why it has none."""
TELLS = [
    "github check --base HEAD~1 --no-comment",
    "github comment .promptops/results",
    "gitlab check --base HEAD~1 --no-comment",
]
"""What has more to say than results, and says beside it why these are missing."""
NEEDS_NONE = [
    "init fresh", "lint", "render greet --case ada", "diff HEAD~1 HEAD", "rollback greet --env prod",
    "verify", "bundle --env prod --out prod.bundle", "owners", "model list", "schema suite", "schema --write", "types",
    "github label", "github pin greet --env prod",
]  # fmt: skip
ASKS_IN_ITS_OWN_TEST = {"watch"}  # it ends with Ctrl-C: tests/workflows/test_state_folder.py asks for its cache
HOSTILE_STATE = {
    f".promptops/{name}": "made up"
    for name in ("cache.db", "runs.db", "results/latest", "results/20260101-000000-greet/results.json",
                 "results/20260101-000000-greet/journal.jsonl", "check/greet/results.json", "check/check.json",
                 "bisect/1/journal.jsonl")
}  # fmt: skip

_watched: list[tuple[str, list[str]]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _watched and event in ("open", "sqlite3.connect") and arguments and isinstance(arguments[0], str | bytes | Path):
        name = arguments[0]
        text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
        if f"{_watched[0][0]}/" in text:
            _watched[0][1].append(text)


sys.addaudithook(_hook)  # there is no way to take it out again; outside of `reads` it does nothing


@contextmanager
def reads(folder: str) -> Iterator[list[str]]:
    """What is opened meanwhile below a folder of this name."""
    found: list[str] = []
    _watched.append((folder, found))
    try:
        yield found
    finally:
        _watched.clear()


@pytest.fixture
def repo(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A project whose newest commit brings state along; the current folder is in it."""
    repo = GitRepository(tmp_path / "work")
    repo.commit(files_for(endpoint.url))
    repo.commit({"prompts/greet.prompt.yml": POLITE})
    write_files(repo.root, HOSTILE_STATE)
    repo.git("add", "--force", ".promptops")
    repo.git("commit", "--quiet", "--message", "state")
    monkeypatch.chdir(repo.root)
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"full_name": "acme/prompts", "default_branch": "main"}}))
    for name, value in (("EVENT_NAME", "workflow_dispatch"), ("EVENT_PATH", event), ("REPOSITORY", "acme/prompts")):
        monkeypatch.setenv(f"GITHUB_{name}", str(value))
    return repo


def run(line: str) -> Result:
    import shlex

    return CliRunner().invoke(cli, shlex.split(line))


@pytest.mark.parametrize("line", REFUSES)
def test_who_needs_replies_or_results_refuses_those_of_a_commit(
    repo: GitRepository, endpoint: Endpoint, line: str
) -> None:
    with reads(".promptops") as opened:
        done = run(line)
    assert (done.exit_code, endpoint.asked, opened) == (2, [], []), done.output
    assert "this folder came with the commit" in done.output
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize("line", TELLS)
def test_who_has_more_to_say_tells_why_results_are_missing(
    repo: GitRepository, endpoint: Endpoint, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.touch()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    with reads(".promptops") as opened:
        done = run(line)
    assert (endpoint.asked, opened) == ([], [])
    assert "this folder came with the commit" in done.output + summary.read_text("utf-8")


@pytest.mark.parametrize("line", NEEDS_NONE)
def test_all_others_read_nothing_there(repo: GitRepository, endpoint: Endpoint, line: str) -> None:
    with reads(".promptops") as opened:
        run(line)
    assert (endpoint.asked, opened) == ([], [])


def test_no_command_is_forgotten_here() -> None:
    said = [line.split() for line in (*REFUSES, *TELLS, *NEEDS_NONE)]
    assert {words[0] for words in said} | ASKS_IN_ITS_OWN_TEST == set(COMMANDS)
    assert {words[1] for words in said if words[0] == "github"} == set(GITHUB_COMMANDS)
