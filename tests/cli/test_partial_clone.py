"""What a partial clone leaves out exists: every command says so, and which command brings it here."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository
from tests.workflows.pinning import Pinned, environment

HINT = "git fetch --refetch --no-filter"
SUITE = "prompt: greet\ntestData: [{who: Ada}]\nevaluators: [{name: named, string: {contains: Ada}}]\n"
COMMANDS = (
    "lint --at HEAD~1",
    "history greet",
    "diff HEAD~1 HEAD",
    "pin greet@HEAD~2 --env new --dry-run",
    "render greet --at HEAD~3 --set who=Ada",
    "eval --plan --at HEAD~1",
    "owners --at HEAD~1",
    "bundle --env prod --out -",
    "bisect greet --criterion named HEAD~3 HEAD",
    "rollback greet --env prod",
    "audit",
    "verify",
    "verify --at HEAD",
)


@pytest.fixture
def source(tmp_path: Path) -> GitRepository:
    """Four versions of a prompt, the last of them pinned and committed again."""
    pinned = Pinned(GitRepository(tmp_path / "source"))
    pinned.commit({"evals/greet.eval.yml": SUITE, "prompts/tone.j2": "Be kind.\n"})
    pinned.commit(environment("prod", pinned.row("greet", pinned.two), pinned.row("legal/bye", pinned.two)))
    pinned.commit({"prompts/greet.prompt.yml": "model: small\nmessages: [{role: user, content: Now}]\n"})
    pinned.commit({"prompts/greet.prompt.yml": "model: small\nmessages: [{role: user, content: Then}]\n"})
    pinned.repository.git("config", "uploadpack.allowFilter", "true")
    pinned.repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return pinned.repository


def _cloned(source: GitRepository, option: str, monkeypatch: pytest.MonkeyPatch, *more: str) -> GitRepository:
    """A partial clone whose remote is out of reach."""
    folder = source.root.parent / "clone"
    source.git("clone", "--quiet", option, *more, f"file://{source.root}", str(folder))
    monkeypatch.chdir(folder)
    clone = GitRepository(folder)
    clone.git("remote", "set-url", "origin", f"file://{source.root}-gone")
    return clone


def _run(command: str) -> Result:
    return CliRunner().invoke(cli, shlex.split(command))


@pytest.mark.parametrize("option", ["--filter=blob:none", "--filter=tree:0"])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_left_out_is_no_absence(
    source: GitRepository, monkeypatch: pytest.MonkeyPatch, command: str, option: str
) -> None:
    clone = _cloned(source, option, monkeypatch)
    result = _run(command)
    assert HINT in result.output
    assert result.exit_code == (1 if command.startswith("verify") else 2), result.output
    clone.git("remote", "set-url", "origin", f"file://{source.root}")
    clone.git("fetch", "--quiet", "--refetch", "--no-filter")
    assert HINT not in _run(command).output, "and that command brings it"


def test_lint_of_a_commit_whose_files_are_not_here_is_no_success(
    source: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    _cloned(source, "--filter=blob:none", monkeypatch, "--no-checkout")
    result = _run("lint --at HEAD")
    assert result.exit_code == 2
    assert HINT in result.stderr
    assert "no problems" not in result.stdout


def test_files_beyond_a_limit_are_told_too(source: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    _cloned(source, "--filter=blob:limit=20", monkeypatch)
    assert HINT in _run("lint --at HEAD~1").stderr


def test_lint_of_the_files_here_goes_on_and_notes_that_pins_cannot_be_checked(
    source: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    _cloned(source, "--filter=blob:none", monkeypatch)
    result = _run("lint --notes")
    assert "this clone is partial and lacks files of the commit, so the pin cannot be checked" in result.stdout
    assert HINT in result.stdout
    assert "has no prompt" not in result.stdout


def test_reading_starts_no_fetch(source: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clone = _cloned(source, "--filter=blob:none", monkeypatch)
    clone.git("remote", "set-url", "origin", f"file://{source.root}")
    log = tmp_path / "git.log"
    monkeypatch.setenv("GIT_TRACE", str(log))
    assert _run("history greet").exit_code == 2
    assert "git fetch" not in log.read_text()


@pytest.mark.parametrize("option", ["--filter=blob:none", "--filter=tree:0"])
@pytest.mark.parametrize("command", ["lint", "owners --write", "pin greet --env prod", "verify"])
def test_one_that_was_never_checked_out_names_the_command_and_writes_nothing(
    source: GitRepository, option: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = _cloned(source, option, monkeypatch, "--no-checkout")
    result = _run(command)
    assert result.exit_code == 2, result.output
    assert HINT in result.output
    assert [path.name for path in clone.root.iterdir()] == [".git"]
