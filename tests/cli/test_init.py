"""`promptops init`: a beginning that works at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository, write_files
from tests.workflows.scene import answering

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("init", …)` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(cli, list(args))


def test_files_go_to_stdout_and_the_next_steps_to_stderr(run: Run, tmp_path: Path) -> None:
    result = run("init", "my prömpts")
    assert result.exit_code == 0
    written = [line.removeprefix("  wrote  ") for line in result.stdout.splitlines()]
    assert "promptops.yml" in written
    assert all((tmp_path / "my prömpts" / name).is_file() for name in written)
    for step in ("promptops lint", "promptops model pull", "promptops eval"):
        assert step in result.stderr


def test_the_next_steps_can_be_pasted_whatever_the_folder_is_called(run: Run) -> None:
    assert "cd 'my prömpts' && " in run("init", "my prömpts").stderr


def test_here_needs_no_cd(run: Run) -> None:
    assert "cd " not in run("init").stderr


def test_what_it_writes_lints_clean_renders_and_evaluates(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    GitRepository(tmp_path)
    assert run("init").exit_code == 0
    lint = run("lint")
    assert (lint.exit_code, lint.stdout) == (0, "no problems in 1 prompt and 1 suite\n")
    with answering() as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        result = run("eval", "--model", "openai/m")
    assert result.exit_code in (0, 1), result.stderr
    assert endpoint.asked
    assert "Traceback" not in result.output


def test_a_second_time_everything_is_kept(run: Run, tmp_path: Path) -> None:
    run("init")
    (tmp_path / "promptops.yml").write_text("models: {}\n")
    result = run("init")
    assert result.exit_code == 0
    assert all(line.startswith("  kept   ") for line in result.stdout.splitlines())
    assert (tmp_path / "promptops.yml").read_text() == "models: {}\n"


def test_the_schemas_it_writes_are_current(run: Run) -> None:
    run("init")
    assert all(line.startswith("  current  ") for line in run("schema", "--write").stdout.splitlines())


def test_a_file_in_the_way_is_2(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path, {"taken": "x", "deep/prompts": "a file where a folder must be"})
    result = run("init", "taken")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "taken: this is a file" in result.stderr
    result = run("init", "deep")
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr
