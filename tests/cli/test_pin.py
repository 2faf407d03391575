"""`promptops pin`: an environment's file is written, from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository, write_files
from tests.workflows.pins import FAILED, FILES, commits, evaluated, pins, tone

Run = Callable[..., Result]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A committed project; the current folder is in it."""
    repo = GitRepository(tmp_path / "my prömpts")
    repo.commit(FILES)
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def run(repo: GitRepository) -> Run:
    """`promptops pin …` in the project, for prod."""
    return lambda *args: CliRunner().invoke(cli, ["pin", "--env", "prod", *args])


def test_the_report_goes_to_stdout_and_says_what_to_do_next(run: Run, repo: GitRepository) -> None:
    result = run("greet")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("greet: pinned for the first time\n")
    assert "environments/prod.yml written. It is a new environment, prod.\n" in result.stdout
    assert "commit the file and propose it as a pull request" in result.stdout
    repo.commit(tone("Be brief."))
    again = run("greet")
    assert "    - Be kind.\n    + Be brief.\n" in again.stdout
    assert "Eve" not in again.stdout  # held out
    assert commits(repo) == {"greet": repo.git("rev-parse", "HEAD")}


def test_a_file_as_seen_from_the_current_folder(run: Run, repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.root / "prompts")
    assert run("greet.prompt.yml@main", "bye").exit_code == 0
    assert list(pins(repo)) == ["bye", "greet"]


def test_a_failed_gate_is_1_and_force_with_a_reason_goes_on(run: Run, repo: GitRepository) -> None:
    run("greet")
    head = repo.commit(tone("Be brief."))
    evaluated(
        repo, json.loads(run("greet", "--dry-run", "--format", "json").stdout)["prompts"][0]["after"]["digest"], FAILED
    )
    refused = run("greet")
    assert refused.exit_code == 1
    assert "rule  ⛔ says the name ≥ 75%: fails (33% of 3 cases)" in refused.stdout
    assert "--force --reason TEXT" in refused.stdout
    assert commits(repo)["greet"] != head
    as_json = run("greet", "--format", "json")
    assert as_json.exit_code == 1
    assert "a rule does not hold for" in as_json.stderr
    assert json.loads(as_json.stdout)["prompts"][0]["refused"].startswith("the rule 'says the name ≥")
    forced = run("greet", "--force", "--reason", "the customer waits")
    assert (forced.exit_code, commits(repo)["greet"]) == (0, head)
    assert "Pinned although a rule failed: the customer waits\n" in forced.stdout
    assert "# forced: the customer waits" in (repo.root / "environments/prod.yml").read_text("utf-8")


def test_a_rollout_from_begin_to_end(run: Run, repo: GitRepository) -> None:
    run("greet")
    head = repo.commit(tone("Be brief."))
    assert "a new version, for 10% of the calls" in run("greet", "--percent", "10").stdout
    assert "goes from 10% to 100%" not in run("greet", "--percent", "50").stdout
    assert "goes from 50% to all calls" in run("greet", "--percent", "100").stdout
    assert commits(repo) == {"greet": head}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gret"], "did you mean 'greet'?"),
        (["greet@nowhere"], "no such version"),
        (["@main"], "this names no version"),
        (["greet", "--percent", "0"], "above 0"),
        (["greet", "--percent", "nan"], "above 0"),
        (["greet", "--percent", "10"], "not pinned yet"),
        (["greet", "--percent", "10%"], "not pinned yet"),
        (["greet", "--percent", "ten"], "'ten' is not a number; write it like 10 or 12.5"),
        (["greet", "--force"], "--force needs --reason TEXT"),
        (["greet", "--reason", "x"], "goes with --force"),
        (["greet", "--force", "--reason", " "], "a reason is one line"),
        ([], "Missing argument"),
    ],
)
def test_what_cannot_be_pinned_is_2_with_a_hint(run: Run, repo: GitRepository, arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert not (repo.root / "environments").exists()


def test_a_broken_environment_is_2_and_stays(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, {"environments/prod.yml": "pins: ["})
    result = run("greet")
    assert result.exit_code == 2
    assert "environments/prod.yml:1" in result.stderr
    assert (repo.root / "environments/prod.yml").read_text("utf-8") == "pins: ["


def test_colour_is_for_terminals_that_want_it(run: Run, repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promptops.cli.context.on_terminal", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1mgreet: pinned" in run("greet", "--dry-run").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("greet", "--dry-run").stdout
