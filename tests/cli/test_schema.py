"""`promptops schema`: the formats for editors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.workflows.schemas import SCHEMAS, schema_files, schema_text
from tests.conftest import write_files

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("schema", …)` below a project's root."""
    write_files(tmp_path, {"promptops.yml": "{}\n", "prompts/deep/x": ""})
    monkeypatch.chdir(tmp_path / "prompts" / "deep")
    return lambda *args: CliRunner().invoke(cli, ["schema", *args])


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_goes_to_stdout(run: Run, name: str) -> None:
    result = run(name)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == schema_text(name)
    assert json.loads(result.stdout)["$schema"]


def test_without_a_name_there_is_a_line_for_each(run: Run) -> None:
    result = run()
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(SCHEMAS)
    assert "prompts/**/NAME.prompt.yml" in result.stdout


def test_an_unknown_name_gets_the_nearest_and_the_list(run: Run) -> None:
    result = run("promt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "There is no schema 'promt'; did you mean 'prompt'?" in result.stderr
    assert "'zzz'; there are: prompt, suite, project, environment, results" in run("zzz").stderr


def test_write_puts_them_at_the_projects_root(run: Run, tmp_path: Path) -> None:
    result = run("--write")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"  wrote    {name}" for name in schema_files()]
    assert all((tmp_path / name).read_text("utf-8") == text for name, text in schema_files().items())
    assert "# yaml-language-server: $schema=../.github/schemas/prompt.schema.json" in result.stderr
    assert run("--write").stdout.splitlines() == [f"  current  {name}" for name in schema_files()]


def test_write_leaves_a_file_of_somebody_else_alone(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path, {".github/schemas/prompt.schema.json": "{}"})
    result = run("--write")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "was not made by promptops" in result.stderr
    assert (tmp_path / ".github/schemas/prompt.schema.json").read_text() == "{}"


def test_write_takes_no_name(run: Run) -> None:
    assert run("prompt", "--write").exit_code == 2
