"""`init` begins and never overwrites."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.source.project import Project
from promptops.templating.closure import make_closure
from promptops.templating.render import Renderer
from promptops.workflows.init import begin


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


def test_a_folder_with_prompts_of_its_own_gets_settings_only(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "mine.prompt.yml").write_text("messages: [{role: user, content: hi}]\n")
    assert set(begin(tmp_path).written) == {"promptops.yml", ".gitignore"}


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
