"""`promptops owners`: lines on stdout, words on stderr, 1 where the file differs or somebody cannot be asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository, write_files

PROMPT = 'messages: [{role: user, content: hi}]\npromptops: {owners: ["@acme/legal"]}\n'
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`promptops owners …` in a repository with one prompt."""
    GitRepository(tmp_path).commit({"prompts/a.prompt.yml": PROMPT})
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(cli, ["owners", *args])


def test_lines_check_write_and_check_again(run: Run, tmp_path: Path) -> None:
    shown = run()
    assert (shown.exit_code, shown.stdout) == (0, "/prompts/a.prompt.yml @acme/legal\n")
    check = run("--check")
    assert check.exit_code == 1
    assert "+++ .github/CODEOWNERS" in check.stdout
    assert "+/prompts/a.prompt.yml @acme/legal\n" in check.stdout
    assert "To write it: promptops owners --write" in check.stderr
    write = run("--write")
    assert (write.exit_code, write.stdout) == (0, "")
    assert write.stderr.startswith(".github/CODEOWNERS written: 1 line in the block of promptops.")
    assert "/prompts/a.prompt.yml @acme/legal\n" in (tmp_path / ".github/CODEOWNERS").read_text()
    again = run("--check")
    assert (again.exit_code, again.stdout) == (0, "")
    assert again.stderr == ".github/CODEOWNERS is current: 1 line in the block of promptops\n"
    assert run("--check", "--at", "HEAD").exit_code == 1


def test_who_cannot_be_asked_is_told_with_1_and_nothing_acts_on_the_terminal(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path, {"prompts/a.prompt.yml": PROMPT.replace("@acme/legal", "@acme/\\e[2J")})
    for option in ([], ["--check"], ["--write"]):
        found = run(*option)
        assert found.exit_code == 1
        assert "prompts/a.prompt.yml: '@acme/⟨U+001B⟩[2J' is not an owner" in found.stderr


def test_only_line_ends_differ_and_it_is_seen(run: Run, tmp_path: Path) -> None:
    run("--write")
    file = tmp_path / ".github/CODEOWNERS"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n").replace(b"\r\n", b"\n", 1))
    found = run("--check")
    assert found.exit_code == 1
    assert "⟨U+000D⟩" in found.stdout


def test_options_that_do_not_go_together(run: Run) -> None:
    assert run("--write", "--check").exit_code == 2
    assert run("--write", "--at", "HEAD").exit_code == 2


def test_a_project_that_names_nobody_is_told_how(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path, {"prompts/a.prompt.yml": "messages: [{role: user, content: hi}]\n"})
    found = run("--check")
    assert (found.exit_code, found.stdout) == (0, "")
    assert found.stderr.splitlines()[0].startswith("no prompt names an owner")
    assert "nobody is asked when prompts/a.prompt.yml changes" in found.stderr
