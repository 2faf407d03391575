"""`init` where something is already: prompts of one's own, settings, repositories of every kind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.evals.registry import KINDS
from promptops.source.project import Project
from promptops.workflows.init.github import HOOKS
from promptops.workflows.init.scaffold import Scaffolded, lint_project, scaffold
from tests.conftest import GitRepository, write_files

VERSION = "1.2.3"
MINE = "messages: [{role: user, content: hi}]\n"
OWNED = MINE + "inputs: {}\npromptops: {owners: ['@acme/law']}\n"


def names(begun: Scaffolded) -> set[str]:
    """What was written, from the repository's top."""
    return {path.relative_to(begun.target.top).as_posix() for path in begun.written}


@pytest.mark.parametrize(
    ("files", "globs"),
    [
        (["prompts/mine.prompt.yml"], ("prompts/**",)),
        (["prompts/law/mine.prompt.yaml"], ("prompts/**",)),
        ([".github/prompts/mine.prompt.yml"], (".github/prompts/**",)),
        (["prompts/a.prompt.yml", ".github/prompts/b.prompt.yml"], ("prompts/**", ".github/prompts/**")),
        ([".github/prompts/a.prompt.yml", "app/prompts/b.prompt.yml"], (".github/prompts/**", "app/prompts/**")),
        (["prompts/a.prompt.yml", "b.prompt.yml"], ("prompts/**", "**")),
        (["app/texts/a.prompt.yml", "app/texts/law/b.prompt.yml"], ("app/texts/**",)),
        (["app/one/a.prompt.yml", "lib/two/b.prompt.yml"], ("app/one/**", "lib/two/**")),
        (["a.prompt.yml", "app/b.prompt.yml"], ("**",)),
        ([f"app/n{number}/a{number}.prompt.yml" for number in range(9)], ("app/**",)),
        ([f"n{number}/a{number}.prompt.yml" for number in range(9)], ("**",)),
        (["node_modules/x/a.prompt.yml", "texte für uns/a.prompt.yml"], ("texte für uns/**",)),
    ],
)
def test_prompts_of_ones_own_are_found_and_no_example_is_written(
    files: list[str], globs: tuple[str, ...], tmp_path: Path
) -> None:
    write_files(tmp_path, dict.fromkeys(files, MINE))
    begun = scaffold(tmp_path, VERSION)
    assert not begun.example
    assert not any("order-note" in path.name for path in begun.written)
    project = Project.worktree(tmp_path, KINDS)
    assert project.config.paths.prompts == globs
    assert len(project.prompt_paths()) == len([name for name in files if "node_modules" not in name])
    again = scaffold(tmp_path, VERSION)
    assert (again.written, again.example) == ((), False)


def test_prompts_of_a_project_further_below_are_that_projects(tmp_path: Path) -> None:
    write_files(tmp_path, {"services/bakery/promptops.yml": "", "services/bakery/prompts/a.prompt.yml": MINE})
    assert scaffold(tmp_path, VERSION).example


def test_settings_that_are_there_say_where_prompts_lie(tmp_path: Path) -> None:
    write_files(tmp_path, {"promptops.yml": "paths: {prompts: texts}\n", "texts/a.prompt.yml": MINE})
    begun = scaffold(tmp_path, VERSION)
    assert (begun.example, begun.notes) == (False, ())


def test_prompts_that_the_settings_do_not_name_are_told(tmp_path: Path) -> None:
    settings = "paths: {prompts: .github/prompts}\nlint: {exclude: [samples/**]}\n"
    files = (".github/prompts/a", "app/prompts/b", "samples/c", "services/shop/prompts/d")
    write_files(tmp_path, {"promptops.yml": settings, "services/shop/promptops.yml": ""})
    write_files(tmp_path, {f"{name}.prompt.yml": MINE for name in files})
    (note,) = scaffold(tmp_path, VERSION).notes
    assert note.startswith("promptops.yml says nothing of the prompts in app/prompts/**; to look at them too")
    assert note.endswith("paths: {prompts: [app/prompts/**]}")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("models: {}\n", "no model called small"),
        ("models: {small: {provider: local}}\npaths: {prompts: texts}\n", "names other folders"),
        ("models: [", "promptops.yml:"),
    ],
)
def test_settings_that_the_example_does_not_fit_keep_it_away(settings: str, why: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"promptops.yml": settings})
    begun = scaffold(tmp_path, VERSION)
    assert not begun.example
    (note,) = begun.notes
    assert note.startswith("no example was written: ")
    assert why in note


def test_without_a_repository_the_folder_is_taken_for_its_top(tmp_path: Path) -> None:
    place = scaffold(tmp_path, VERSION).target
    assert (place.is_repository, place.below, place.branch) == (False, "", "main")


def test_in_a_folder_of_a_repository_workflows_and_hooks_go_to_the_top(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path)
    repository.commit({"README": "x", "services/bakery/main.py": ""})
    first = scaffold(tmp_path / "services" / "bakery", VERSION)
    assert ".github/workflows/services-bakery-prompts.yml" in names(first)
    assert {"services/bakery/promptops.yml", "services/bakery/.gitignore", HOOKS} <= names(first)
    text = (tmp_path / ".github" / "workflows" / "services-bakery-prompts.yml").read_text()
    assert 'working-directory: "services/bakery"' in text
    second = scaffold(tmp_path / "services" / "café", VERSION)
    assert ".github/workflows/services-caf-prompts.yml" in names(second)
    assert any("entry: promptops lint --staged --project 'services/café'" in note for note in second.notes)
    assert scaffold(tmp_path / "services" / "bakery", VERSION).written == ()


def test_a_folder_whose_name_no_workflow_can_hold_gets_none(tmp_path: Path) -> None:
    GitRepository(tmp_path)
    begun = scaffold(tmp_path / "a${{b}}", VERSION)
    assert not any(path.parent.name == "workflows" for path in begun.written)
    (note,) = begun.notes
    assert "no workflows and hooks were written" in note


def test_a_project_inside_a_project_is_said(tmp_path: Path) -> None:
    GitRepository(tmp_path).commit({"promptops.yml": ""})
    (note,) = scaffold(tmp_path / "prompts", VERSION).notes
    assert note.startswith(f"this folder was part of the project in {tmp_path.resolve()}")
    assert scaffold(tmp_path / "prompts", VERSION).notes == ()


@pytest.mark.parametrize("inside", ["", "hooks", "../bare.git/objects"])
def test_a_bare_repository_is_refused(inside: str, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--bare", "--quiet", tmp_path / "bare.git"], check=True)
    with pytest.raises(SourceError, match="git folder without files") as caught:
        scaffold(tmp_path / "bare.git" / inside, VERSION)
    assert "git clone" in caught.value.hint


def test_gits_own_folder_is_refused(tmp_path: Path) -> None:
    GitRepository(tmp_path)
    with pytest.raises(SourceError, match="git folder without files"):
        scaffold(tmp_path / ".git", VERSION)


def test_a_further_work_tree_is_a_repository_of_its_own(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "first")
    repository.commit({"README": "x"})
    repository.git("worktree", "add", "--quiet", str(tmp_path / "second"), "-b", "other")
    place = scaffold(tmp_path / "second", VERSION).target
    assert (place.top, place.branch) == ((tmp_path / "second").resolve(), "main")


@pytest.mark.parametrize(("committed", "branch"), [(True, "master"), (False, "trunk"), (False, "a b")])
def test_the_workflows_name_the_repositorys_branch(committed: bool, branch: str, tmp_path: Path) -> None:
    repository = GitRepository(tmp_path)
    if " " not in branch:
        repository.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    else:
        (tmp_path / ".git" / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    if committed:
        repository.commit({"README": "x"})
    scaffold(tmp_path, VERSION)
    text = (tmp_path / ".github" / "workflows" / "prompts.yml").read_text()
    assert f'branches: ["{branch if " " not in branch else "main"}"]' in text


def test_a_clone_names_the_remotes_default_branch(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "origin")
    repository.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    repository.commit({"README": "x"})
    repository.git("clone", "--quiet", str(tmp_path / "origin"), str(tmp_path / "clone"))
    subprocess.run(["git", "checkout", "--quiet", "-b", "work"], cwd=tmp_path / "clone", check=True)
    assert scaffold(tmp_path / "clone", VERSION).target.branch == "trunk"


def test_owners_that_prompts_name_get_code_owners(tmp_path: Path) -> None:
    GitRepository(tmp_path).commit({"prompts/law.prompt.yml": OWNED})
    begun = scaffold(tmp_path, VERSION)
    (path,) = (path for path in begun.written if path.name == "CODEOWNERS")
    assert "/prompts/law.prompt.yml @acme/law" in path.read_text("utf-8")
    assert not any(one.code == "P502" for one in lint_project(begun).findings)
    again = scaffold(tmp_path, VERSION)
    assert (again.written, again.notes) == ((), ())


def test_code_owners_that_are_there_are_left_alone(tmp_path: Path) -> None:
    GitRepository(tmp_path).commit({"prompts/law.prompt.yml": OWNED, "CODEOWNERS": "* @acme/all\n"})
    begun = scaffold(tmp_path, VERSION)
    assert not any(path.name == "CODEOWNERS" for path in begun.written)
    assert any("promptops owners --write" in note for note in begun.notes)


def test_without_owners_there_are_no_code_owners(tmp_path: Path) -> None:
    GitRepository(tmp_path).commit({"prompts/law.prompt.yml": MINE})
    assert "CODEOWNERS" not in {path.name for path in scaffold(tmp_path, VERSION).written}


def test_the_examples_owner_is_no_finding_beside_real_ones(tmp_path: Path) -> None:
    GitRepository(tmp_path).commit({"CODEOWNERS": "* @acme/all\n"})
    begun = scaffold(tmp_path, VERSION)
    assert begun.example
    assert lint_project(begun).findings == ()
    assert scaffold(tmp_path, VERSION).written == ()
