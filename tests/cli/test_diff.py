"""`promptops diff`: what changes for the model, asked from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository, write_files
from tests.workflows.diff.test_diff import BYE, FILES, GREET, edited

Run = Callable[..., Result]
BRIEF = {"prompts/shared/tone.j2": "Be brief.\n"}


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A committed project; the current folder is in it."""
    repo = GitRepository(tmp_path / "my prömpts")
    repo.commit(FILES)
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def run(repo: GitRepository) -> Run:
    """`promptops diff …` in the project."""
    return lambda *args: CliRunner().invoke(cli, ["diff", *args])


def test_nothing_changed_is_one_line_and_0(run: Run, repo: GitRepository) -> None:
    result = run()
    assert result.stdout == (
        "Nothing that a model receives has changed: all 2 prompts are the same as in "
        f"{repo.git('rev-parse', 'HEAD')[:7]}, the last commit, which main has too.\n"
    )
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_change_is_shown_and_still_0(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, BRIEF)
    result = run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert "    - Be kind.\n    + Be brief.\n" in result.stdout
    assert "  the edit, in all 3 cases (1 of them held out)\n    ── prompts/shared/tone.j2 ──\n" in result.stdout
    assert "Eve" not in result.stdout
    assert "pinned in prod; prod keeps its version until it is pinned anew" in result.stdout
    assert "\x1b[" not in result.stdout


def test_one_case_is_filled_in_beside_the_edit(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, {"prompts/shared/tone.j2": "Be kind to {{ who }}.\n"})
    told = run("--case", "bob").stdout
    assert told.count("    + Be kind to {{ who }}.\n") == told.count("    + Be kind to Bob.\n") == 1
    assert "  filled in: the same command with --case ada\n" in run().stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bop", "no prompt that changed has a case 'bop'\n  did you mean 'bob'?"),
        ("eve", "the case 'eve' is held out: it is counted, and never shown"),
    ],
)
def test_a_case_that_cannot_be_shown_is_answered(run: Run, repo: GitRepository, name: str, said: str) -> None:
    write_files(repo.root, BRIEF)
    result = run("--case", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_case_is_for_people(run: Run) -> None:
    result = run("--case", "ada", "--format", "json")
    assert result.exit_code == 2
    assert "--format json has every change filled in for a case" in result.stderr


def test_colour_is_for_terminals_that_want_it(run: Run, repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(repo.root, {"prompts/shared/tone.j2": "Be \x1b[2Jbrief.\n"})
    monkeypatch.setattr("promptops.cli.context.on_terminal", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "⟨U+001B⟩[2Jbrief" in run().stdout.replace("\x1b[4m", "").replace("\x1b[24m", "")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run().stdout


def test_two_revisions_and_one_that_is_not_checked_out(run: Run, repo: GitRepository) -> None:
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit(BRIEF)
    repo.git("switch", "--quiet", "main")
    assert "+ Be brief." in run("main", "work").stdout
    assert "- Be brief." in run("work", "main").stdout
    assert "+ Be brief." in run("--at", "work").stdout
    assert "where this work left main" in run("main", "--at", "work").stdout
    assert run("work").stdout.startswith("Nothing that a model receives has changed")


def test_json_and_markdown(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, BRIEF)
    data = json.loads(run("--format", "json").stdout)
    assert [(prompt["id"], prompt["cases"]["changed"]) for prompt in data["prompts"]] == [("greet", 3)]
    assert (data["unchanged"], data["shared"][0]["what"]) == (1, "prompts/shared/tone.j2")
    page = run("--format", "markdown").stdout
    assert page.startswith("### What the model receives: 1 prompt changed, 1 is unchanged\n")
    assert "-Be kind.\n+Be brief.\n" in page


def test_one_prompt_by_name_or_file(run: Run, repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(repo.root, {**BRIEF, "prompts/bye.prompt.yml": edited(BYE, "bye", "good night")})
    assert "2 prompts changed" in run().stdout
    assert run("--prompt", "bye").stdout.endswith("\n1 prompt changed\n")
    assert "2 prompts changed" in run("--prompt", "bye", "--prompt", "greet").stdout
    monkeypatch.chdir(repo.root / "prompts")
    assert run("--prompt", "bye.prompt.yml").stdout.endswith("\n1 prompt changed\n")


def test_a_broken_prompt_is_told_and_the_others_are_shown(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, {**BRIEF, "prompts/bye.prompt.yml": "messages: ["})
    result = run()
    assert result.exit_code == 0
    assert "now: prompts/bye.prompt.yml:1:" in result.stdout
    assert "+ Be brief." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no such version"),
        (["main", "nowhere"], "no such version"),
        (["--", "--output=x"], "this is not a revision"),
        (["main", "main", "--at", "main"], "give one of them"),
        (["--prompt", "gret"], "did you mean 'greet'?"),
        (["--format", "html"], "html"),
    ],
)
def test_what_cannot_be_compared_is_2_with_a_hint(run: Run, arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_without_a_commit_there_is_a_hint(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = GitRepository(tmp_path / "empty")
    write_files(empty.root, {"prompts/greet.prompt.yml": GREET})
    monkeypatch.chdir(empty.root)
    result = run()
    assert result.exit_code == 2
    assert "there is no branch to compare with" in result.stderr
    assert "name one: promptops diff BASE" in result.stderr
