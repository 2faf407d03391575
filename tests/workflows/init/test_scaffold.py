"""`init` begins and never overwrites."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.evals.registry import KINDS
from promptops.source.project import Project
from promptops.templating.closure import make_closure
from promptops.templating.render import Renderer
from promptops.workflows.init.github import HOOKS
from promptops.workflows.init.names import WORKFLOWS
from promptops.workflows.init.scaffold import lint_project, scaffold
from promptops.workflows.schemas import schema_files
from tests.conftest import GitRepository, write_files

VERSION = "1.2.3"
ALWAYS = {
    "promptops.yml",
    ".gitignore",
    HOOKS,
    *schema_files(),
    *(f".github/workflows/{name}.yml" for name in WORKFLOWS),
}


def written(folder: Path) -> set[str]:
    """What `init` writes, from the folder."""
    return {Path(os.path.relpath(path, folder)).as_posix() for path in scaffold(folder, VERSION).written}


def all_files(folder: Path) -> dict[Path, bytes]:
    """Every file's content."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}


def test_what_init_writes_loads_and_renders(tmp_path: Path) -> None:
    begun = scaffold(tmp_path / "new", VERSION)
    assert (begun.left, begun.example, begun.notes) == ((), True, ())
    project = Project.worktree(tmp_path / "new", KINDS)
    (name,) = project.suite_paths()
    suite = project.suite(name)
    prompt = project.prompt(suite.prompt)
    renderer = Renderer(make_closure(project.source, prompt, project.template_folder))
    for case in suite.cases:
        text = "".join(message.text for message in renderer.render_case(case))
        assert case.fields["message"] in text
    assert ".promptops/" in (tmp_path / "new" / ".gitignore").read_text()
    assert lint_project(begun).findings == ()


def test_nothing_that_is_there_is_touched(tmp_path: Path) -> None:
    there = {
        "promptops.yml": "models: {small: {provider: local}}\n",
        ".github/workflows/prompts.yml": "mine",
        HOOKS: "repos: []\n",
        ".gitignore": "dist/",
    }
    write_files(tmp_path, there)
    begun = scaffold(tmp_path, VERSION)
    kept = {left.path.name: left.why for left in begun.left}
    assert kept == {"promptops.yml": "", HOOKS: ""}
    assert (tmp_path / ".gitignore").read_text() == "dist/\n.promptops/\n"
    for name in list(there)[:-1]:
        assert (tmp_path / name).read_text() == there[name]
    before = all_files(tmp_path)
    assert scaffold(tmp_path, VERSION).written == ()
    assert all_files(tmp_path) == before


@pytest.mark.parametrize("number", range(18))
def test_ended_in_the_middle_a_second_call_completes_it(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "whole"
    files = len(scaffold(whole, VERSION).written)
    half, count = tmp_path / "half", 0
    real = os.replace

    def replace(old: str, new: str) -> None:
        nonlocal count
        count += 1
        if count > number:
            raise KeyboardInterrupt
        real(old, new)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace)
        with pytest.raises(KeyboardInterrupt) if number < files else nullcontext():
            scaffold(half, VERSION)
    scaffold(half, VERSION)
    found = {path.relative_to(half): data for path, data in all_files(half).items()}
    assert found == {path.relative_to(whole): data for path, data in all_files(whole).items()}


def test_every_first_line_leads_to_a_schema_that_was_written(tmp_path: Path) -> None:
    begun = scaffold(tmp_path, VERSION)
    marked = [path for path in begun.written if path.suffix == ".yml" and "$schema=" in path.read_text("utf-8")]
    assert len(marked) == 3
    for path in marked:
        comment, _, target = path.read_text("utf-8").splitlines()[0].partition("$schema=")
        assert comment == "# yaml-language-server: "
        name = (path.parent / target).resolve().relative_to(tmp_path.resolve()).as_posix()
        assert (tmp_path / name).read_text("utf-8") == schema_files()[name]


def test_files_of_another_version_are_kept_and_said(tmp_path: Path) -> None:
    scaffold(tmp_path, "0.0.9")
    name = ".github/schemas/prompt.schema.json"
    write_files(tmp_path, {name: '{"$comment": "Made by promptops, long ago"}'})
    mine = tmp_path / ".github" / "workflows" / "pin.yml"
    mine.write_text("# my own\n" + mine.read_text("utf-8"), "utf-8")
    before = all_files(tmp_path)
    why = {left.path.name: left.why for left in scaffold(tmp_path, VERSION).left}
    assert all_files(tmp_path) == before
    assert "promptops schema --write" in why["prompt.schema.json"]
    assert why["prompts.yml"].startswith("written by promptops init 0.0.9; to renew it, delete it")
    assert why[HOOKS].startswith("written by promptops init 0.0.9")
    assert why["pin.yml"] == why["promptops.yml"] == why["suite.schema.json"] == ""


def test_a_schema_of_somebody_else_is_kept_without_a_word(tmp_path: Path) -> None:
    write_files(tmp_path, {".github/schemas/prompt.schema.json": "{}"})
    (left,) = scaffold(tmp_path, VERSION).left
    assert (left.path.name, left.why) == ("prompt.schema.json", "")


def test_windows_line_ends_are_no_difference(tmp_path: Path) -> None:
    scaffold(tmp_path, VERSION)
    for path in (path for path in all_files(tmp_path) if path.suffix in (".yml", ".jsonl", ".j2", ".json")):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (tmp_path / "evals" / "order-note.eval.yml").unlink()
    begun = scaffold(tmp_path, VERSION)
    assert [path.name for path in begun.written] == ["order-note.eval.yml"]
    assert not any(left.why for left in begun.left)


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(SourceError, match="this is a file"):
        scaffold(tmp_path / "x", VERSION)


@pytest.mark.parametrize(
    ("files", "where", "words"),
    [
        ({"promptops.yml/x": ""}, "promptops.yml", "a folder is where a file must be"),
        ({".github/workflows/pin.yml/x": ""}, "pin.yml", "a folder is where a file must be"),
        ({"evals": ""}, "evals", "a file is where a folder must be"),
        ({".github": ""}, ".github", "a file is where a folder must be"),
        ({".github/workflows": ""}, "workflows", "a file is where a folder must be"),
        ({"prompts/shared": ""}, "shared", "a file is where a folder must be"),
        ({".gitignore/x": ""}, ".gitignore", "a folder is where a file must be"),
    ],
)
def test_where_something_lies_in_the_way_nothing_is_written(
    files: dict[str, str], where: str, words: str, tmp_path: Path
) -> None:
    write_files(tmp_path, files)
    before = all_files(tmp_path)
    with pytest.raises(SourceError, match=words) as caught:
        scaffold(tmp_path, VERSION)
    assert Path(caught.value.where).name == where
    assert "run promptops init again" in caught.value.hint
    assert all_files(tmp_path) == before


def test_linked_settings_are_told_and_no_example_is_written_beside_them(tmp_path: Path) -> None:
    write_files(tmp_path, {"settings.yml": "models: {}\n"})
    (tmp_path / "project").mkdir()
    (tmp_path / "project/promptops.yml").symlink_to(tmp_path / "settings.yml")
    begun = scaffold(tmp_path / "project", VERSION)
    (left,) = [left for left in begun.left if left.path.name == "promptops.yml"]
    assert (left.why, left.missing) == ("promptops.yml is a link, which is not followed", False)
    assert any("is a symbolic link, which is not followed" in note for note in begun.notes)
    assert (tmp_path / "settings.yml").read_text() == "models: {}\n"


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    write_files(elsewhere, {"ignored": "dist/\n"})
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / ".github").symlink_to(elsewhere / "github")
    (folder / "evals").symlink_to(elsewhere)
    (folder / ".gitignore").symlink_to(elsewhere / "ignored")
    before = all_files(elsewhere)
    begun = scaffold(folder, VERSION)
    assert all_files(elsewhere) == before
    why = {left.path.relative_to(folder).as_posix(): left for left in begun.left}
    assert why[".github/workflows/pin.yml"].why == ".github is a link, which is not followed"
    assert why[".github/workflows/pin.yml"].missing
    assert why["evals/order-note.eval.yml"].missing
    assert "the line .promptops/ belongs into it" in why[".gitignore"].why


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_gitignore_of_windows_powershell_is_left_alone(tmp_path: Path, encoding: str) -> None:
    text = "dist/\r\n".encode(encoding)
    (tmp_path / ".gitignore").write_bytes(text)
    (left,) = scaffold(tmp_path, VERSION).left
    assert left.why == "not saved as UTF-8; save it so and add the line .promptops/"
    assert (tmp_path / ".gitignore").read_bytes() == text


def test_a_gitignore_keeps_its_line_ends(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"dist/\r\n*.pyc")
    scaffold(tmp_path, VERSION)
    assert (tmp_path / ".gitignore").read_bytes() == b"dist/\r\n*.pyc\r\n.promptops/\r\n"


def test_a_gitignore_that_may_not_be_written_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("dist/\n")
    (tmp_path / ".gitignore").chmod(0o444)
    (left,) = scaffold(tmp_path, VERSION).left
    assert "it may only be read; the line .promptops/ belongs into it" in left.why
    assert (tmp_path / ".gitignore").read_text() == "dist/\n"


def test_a_gitignore_with_a_byte_order_mark_that_has_the_line_is_complete(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text(".promptops/\n", "utf-8-sig")
    (left,) = scaffold(tmp_path, VERSION).left
    assert (left.path.name, left.why) == (".gitignore", "")


def test_a_full_disk_is_told_with_the_file_and_a_second_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(old: str, new: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(SourceError, match="cannot be written: No space left") as caught:
            scaffold(tmp_path, VERSION)
    assert "it continues where it stopped" in caught.value.hint
    assert all_files(tmp_path) == {}
    assert written(tmp_path) >= ALWAYS


def test_a_repository_that_has_hooks_gets_the_lines_to_add(tmp_path: Path) -> None:
    write_files(tmp_path, {HOOKS: "repos:\n  - repo: local\n    hooks: []\n"})
    (note,) = scaffold(tmp_path, VERSION).notes
    assert "no hook of promptops" in note
    (tmp_path / HOOKS).write_text("repos:\n" + note.partition("repos:\n")[2])
    assert scaffold(tmp_path, VERSION).notes == ()


def test_the_place_of_a_new_folder_in_a_repository_is_the_repositorys_top(tmp_path: Path) -> None:
    GitRepository(tmp_path)
    begun = scaffold(tmp_path / "services" / "bakery", VERSION)
    assert (begun.target.below, begun.target.top) == ("services/bakery", tmp_path.resolve())
