"""`init` begins and never overwrites."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.source.project import Project
from promptops.templating.closure import make_closure
from promptops.templating.render import Renderer
from promptops.workflows.init import begin
from promptops.workflows.schemas import schema_files
from tests.conftest import write_files


def test_what_init_writes_loads_and_renders(tmp_path: Path) -> None:
    begun = begin(tmp_path / "new")
    assert begun.kept == ()
    project = Project.worktree(tmp_path / "new")
    (name,) = project.suite_paths()
    suite = project.suite(name)
    prompt = project.prompt(suite.prompt)
    renderer = Renderer(make_closure(project.source, prompt, project.template_folder))
    for case in suite.cases:
        text = "".join(message.content for message in renderer.render_case(case))
        assert case.fields["message"] in text
    assert ".promptops/" in (tmp_path / "new" / ".gitignore").read_text()


def test_nothing_that_is_there_is_touched(tmp_path: Path) -> None:
    (tmp_path / "promptops.yml").write_text("models: {}\n")
    (tmp_path / ".gitignore").write_text("dist/")
    begun = begin(tmp_path)
    assert (tmp_path / "promptops.yml").read_text() == "models: {}\n"
    assert (tmp_path / ".gitignore").read_text() == "dist/\n.promptops/\n"
    assert "promptops.yml" in begun.kept
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = begin(tmp_path)
    assert again.written == ()
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_folder_with_prompts_of_its_own_gets_settings_and_schemas_only(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "mine.prompt.yml").write_text("messages: [{role: user, content: hi}]\n")
    assert set(begin(tmp_path).written) == {"promptops.yml", ".gitignore", *schema_files()}


def test_every_first_line_leads_to_a_schema_that_was_written(tmp_path: Path) -> None:
    begun = begin(tmp_path)
    marked = [tmp_path / name for name in begun.written if name.endswith(".yml")]
    assert len(marked) == 3
    for path in marked:
        comment, _, target = path.read_text("utf-8").splitlines()[0].partition("$schema=")
        assert comment == "# yaml-language-server: "
        name = (path.parent / target).resolve().relative_to(tmp_path.resolve()).as_posix()
        assert (tmp_path / name).read_text("utf-8") == schema_files()[name]


def test_a_schema_of_another_version_is_kept(tmp_path: Path) -> None:
    name = ".github/schemas/prompt.schema.json"
    write_files(tmp_path, {name: '{"$comment": "Made by promptops, long ago"}'})
    begun = begin(tmp_path)
    assert name in begun.kept
    assert "long ago" in (tmp_path / name).read_text()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(SourceError, match="this is a file"):
        begin(tmp_path / "x")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_gitignore_of_windows_powershell_is_left_alone(tmp_path: Path, encoding: str) -> None:
    written = "dist/\r\n".encode(encoding)
    (tmp_path / ".gitignore").write_bytes(written)
    assert ".gitignore" in begin(tmp_path).kept
    assert (tmp_path / ".gitignore").read_bytes() == written


def test_a_gitignore_with_a_byte_order_mark_that_has_the_line_is_complete(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text(".promptops/\n", "utf-8-sig")
    assert ".gitignore" in begin(tmp_path).kept
