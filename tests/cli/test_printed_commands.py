"""A command that is printed can be copied into a shell as it is, whatever a file was called by somebody else."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from tests.conftest import GitRepository

NAMES = ("we$HOME", "$(touch run)", "a b", "it's", "a;touch run", "~", "`touch run`")
PROMPT = "model: openai/m\ninputs: {}\nmessages: [{role: user, content: hi}]\n"
SUITE = "testData: [{expected: a}]\nevaluators: [{name: c, string: {contains: a}}]\n"


def _printed(text: str) -> list[str]:
    return re.findall(r"promptops (?:render|eval|pin|history|lint|diff) .*", text)


def _as_the_shell_reads(command: str, folder: Path) -> list[str]:
    script = f"promptops() {{ printf '%s\\0' \"$@\"; }}\n{command}"
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.split("\0")[:-1]


@pytest.mark.parametrize("name", NAMES)
def test_what_pin_and_rollback_print_means_the_prompt(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = GitRepository(tmp_path / "project")
    repo.commit({f"prompts/{name}.prompt.yml": PROMPT + SUITE})
    monkeypatch.chdir(repo.root)
    output = CliRunner().invoke(cli, ["pin", name, "--env", "prod"]).output
    assert "pinned for the first time" in output, output
    output += CliRunner().invoke(cli, ["rollback", name, "--env", "prod"]).output
    commands = [_as_the_shell_reads(each, repo.root) for each in _printed(output)]
    assert ["render", name] in [words[:2] for words in commands]
    assert ["eval", f"prompt:{name}"] in [words[:2] for words in commands]
    assert not (repo.root / "run").exists()


def test_what_lint_prints_of_a_project_in_a_folder_means_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = GitRepository(tmp_path / "project")
    repo.commit({"$(touch run)/promptops.yml": "", "$(touch run)/prompts/a.prompt.yml": PROMPT})
    monkeypatch.chdir(repo.root)
    [command] = _printed(CliRunner().invoke(cli, ["lint"]).output)
    assert command == f"promptops lint {shlex.quote('$(touch run)')}"
