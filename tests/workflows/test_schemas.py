"""Schema files beside the files they describe: current, renewed, and never at the cost of somebody's work."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import promptops
from promptops.errors import SourceError
from promptops.store.results_file import results_schema
from promptops.workflows.schemas import FOLDER, SCHEMAS, modeline, schema_files, schema_text, update_schemas
from tests.conftest import write_files

ROOT = Path(promptops.__file__).parents[1]
STARTER = ROOT / "promptops" / "workflows" / "starter"
PROMPT_SCHEMA = f"{FOLDER}/prompt.schema.json"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_json_with_a_title(name: str) -> None:
    text = schema_text(name)
    assert json.loads(text)["title"]
    assert text.endswith("}\n")


def test_the_results_schema_is_the_published_one() -> None:
    assert json.loads(schema_text("results")) == results_schema()


@pytest.mark.parametrize("name", schema_files())
def test_this_repositorys_schema_files_are_current(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == schema_files()[name], "renew them: .venv/bin/promptops schema --write"


def marked_files() -> list[tuple[str, Path, Path]]:
    return [
        (kind, root, path)
        for root in (ROOT, STARTER)
        for kind, glob in (
            ("project", "promptops.yml"), ("prompt", "prompts/**/*.prompt.yml"), ("suite", "evals/**/*.eval.yml"),
        )
        for path in sorted(root.glob(glob))
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "root", "path"), marked_files(), ids=lambda value: getattr(value, "name", value))
def test_the_first_line_leads_an_editor_to_the_schema(kind: str, root: Path, path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    assert first == modeline(kind, path.parent.relative_to(root).as_posix())
    target = Path(os.path.normpath(path.parent / first.partition("$schema=")[2]))
    assert target.relative_to(root).as_posix() in schema_files()


def test_missing_and_older_files_are_written(tmp_path: Path) -> None:
    older = json.dumps({"$comment": "Made by promptops, long ago"})
    current = schema_files()[f"{FOLDER}/suite.schema.json"]
    write_files(tmp_path, {PROMPT_SCHEMA: older, f"{FOLDER}/suite.schema.json": current.replace("\n", "\r\n")})
    renewed = update_schemas(tmp_path)
    assert renewed.current == (f"{FOLDER}/suite.schema.json",)
    assert set(renewed.written) == set(schema_files()) - set(renewed.current)
    for name in renewed.written:
        assert (tmp_path / name).read_bytes().decode() == schema_files()[name]
    assert update_schemas(tmp_path).written == ()


@pytest.mark.parametrize(
    "theirs", ["{}", '{"$comment": "my own"}', '{"$comment": 5}', "[]", "null", "", "[" * 100_000, b"\xff\xfe{\0}\0"]
)
def test_a_file_of_somebody_else_is_left_alone_and_nothing_is_written(tmp_path: Path, theirs: str | bytes) -> None:
    write_files(tmp_path, {f"{FOLDER}/environment.schema.json": theirs})
    with pytest.raises(SourceError, match="was not made by promptops") as caught:
        update_schemas(tmp_path)
    assert caught.value.where.endswith("environment.schema.json")
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["environment.schema.json"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    write_files(tmp_path, {".github": "a file"})
    with pytest.raises(SourceError, match=r"\.github"):
        update_schemas(tmp_path)
