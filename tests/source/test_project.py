from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import PromptError, PromptopsError, SourceError
from promptops.evals.registry import KINDS
from promptops.source.project import Project, find_root
from tests.conftest import ProjectBuilder, RepositoryBuilder, write_files

PROMPT = "inputs: {x: {type: string}}\nmessages: [{role: user, content: '{{ x }}'}]\n"
INLINE = PROMPT + "testData: [{x: a}]\nevaluators: [{name: c, string: {contains: a}}]\n"
SUITE = "prompt: a\ntestData: a.cases.jsonl\nevaluators: [{name: c, string: {contains: a}}]\n"
FILES = {
    "promptops.yml": "models: {small: {provider: local}}\n",
    "prompts/a.prompt.yml": PROMPT,
    "prompts/legal/clause.prompt.yaml": INLINE,
    "prompts/a note.txt": "not a prompt",
    "prompts/shared/house.j2": "Be brief.\r\n",
    "evals/a.eval.yml": SUITE,
    "evals/a.cases.jsonl": '{"x": "1"}\r\n{"x": "2"}\r\n',
}


def test_the_root_is_the_nearest_settings_file_else_the_git_root(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"r/.git/HEAD": "", "r/a/promptops.yml": "", "r/a/b/c/x": "", "r/d/x": "", "promptops.yml": ""}
    )
    assert find_root(tmp_path / "r/a/b/c") == (tmp_path / "r/a").resolve()
    assert find_root(tmp_path / "r/a") == (tmp_path / "r/a").resolve()
    assert find_root(tmp_path / "r/d") == (tmp_path / "r").resolve(), "settings above the git root are in no version"
    write_files(tmp_path, {"w/.git": "gitdir: ../r/.git/worktrees/w", "w/x/y": ""})
    assert find_root(tmp_path / "w/x") == (tmp_path / "w").resolve()


def test_settings_that_a_sparse_checkout_leaves_out_make_a_root(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({"promptops.yml": "", "llm/promptops.yml": "", "llm/prompts/a.prompt.yml": PROMPT, "src/a.py": ""})
    repo.git("sparse-checkout", "set", "--no-cone", "/llm/prompts/", "/src/")
    assert not (repo.root / "llm/promptops.yml").exists()
    assert find_root(repo.root / "llm/prompts") == repo.root / "llm"
    assert find_root(repo.root / "src") == repo.root


def test_prompts_and_suites_by_identifier_and_path(project: ProjectBuilder) -> None:
    p = project(FILES)
    assert p.prompt_paths() == {
        "a": PurePosixPath("prompts/a.prompt.yml"),
        "legal/clause": PurePosixPath("prompts/legal/clause.prompt.yaml"),
    }
    assert p.suite_paths() == {"a": PurePosixPath("evals/a.eval.yml")}
    assert p.prompt("legal/clause") is p.prompt("prompts/legal/clause.prompt.yaml")
    assert p.prompt("legal/clause").id == "legal/clause"
    assert p.suite("a") is p.suite("evals/a.eval.yml")
    assert p.has_prompt("a")
    assert not p.has_prompt("b")
    assert not p.has_prompt("../a")


def test_inline_suites(project: ProjectBuilder) -> None:
    p = project(FILES)
    assert p.all_suites() == ["a", "prompt:legal/clause"]
    by_name, by_path = p.suite("prompt:legal/clause"), p.suite("prompts/legal/clause.prompt.yaml")
    assert by_name == by_path
    assert (by_name.id, by_name.prompt, len(by_name.cases)) == ("prompt:legal/clause", "legal/clause", 1)
    with pytest.raises(PromptError, match="no cases and evaluators of its own"):
        p.suite("prompt:a")


@pytest.mark.parametrize("path", ["a.prompt.yml", ".github/prompts/a.prompt.yaml", "prompts.prompt.yml"])
def test_a_prompt_outside_the_folders_is_called_by_its_path(project: ProjectBuilder, path: str) -> None:
    p = project(FILES | {path: INLINE})
    assert p.prompt(path).id == p.prompt(p.prompt(path).id).id == path
    assert p.suite(path).id == f"prompt:{path}"
    assert p.suite(f"prompt:{path}") == p.suite(f"./{path}") == p.suite(path)
    assert p.prompt("a").path == PurePosixPath("prompts/a.prompt.yml")
    assert p.prompt("prompts/a.prompt.yml").id == "a"


def test_a_suite_outside_the_folders_is_called_by_its_path(project: ProjectBuilder) -> None:
    files = {"prompts/a.eval.yml": SUITE, "prompts/a.cases.jsonl": '{"x": "1"}\n'}
    p = project(FILES | files)
    assert [p.suite(name).id for name in ("a", "prompts/a.eval.yml")] == ["a", "prompts/a.eval.yml"]


@pytest.mark.parametrize("name", ["sum_prompt.yml", "texts/sum_prompt.yaml"])
def test_a_file_of_almost_the_right_name_is_to_be_renamed(project: ProjectBuilder, name: str) -> None:
    ending = name.rpartition("_")[2]
    for ask in (project({name: PROMPT}).prompt, project({name: PROMPT}).suite):
        with pytest.raises(SourceError) as caught:
            ask(name)
        assert caught.value.hint == f"rename it to end in .{ending}: sum.{ending}"


def test_a_broken_prompt_does_not_hide_the_suites(project: ProjectBuilder) -> None:
    files = {
        "prompts/b.prompt.yml": "messages: [\n",
        "prompts/c.prompt.yml": INLINE.replace("[{x: a}]", "none.jsonl"),
        "prompts/d.prompt.yml": INLINE.replace("[{x: a}]", "../../x.jsonl"),
    }
    p = project(FILES | files)
    assert p.all_suites() == ["a", "prompt:b", "prompt:c", "prompt:d", "prompt:legal/clause"]
    for name in ("prompt:b", "prompt:c", "prompt:d"):
        with pytest.raises(PromptopsError):
            p.suite(name)


@pytest.mark.parametrize(("kind", "name", "hint"), [
    ("prompt", "legal/clase", "did you mean 'legal/clause'?"),
    ("prompt", "zzz", "there are: a, legal/clause"),
    ("prompt", "prompts/legal/claus.prompt.yml", "did you mean 'legal/clause'?"),
    ("prompt", "prompts/b.prompt.yml", "there are: a, legal/clause"),
    ("suite", "aa", "did you mean 'a'?"),
])  # fmt: skip
def test_an_unknown_name_gets_a_suggestion(project: ProjectBuilder, kind: str, name: str, hint: str) -> None:
    p = project(FILES)
    with pytest.raises(SourceError, match=f"no {kind} called '{name}'") as caught:
        getattr(p, kind)(name)
    assert caught.value.hint == hint


def test_an_empty_project_says_where_it_looked(project: ProjectBuilder) -> None:
    with pytest.raises(SourceError) as caught:
        project({}).prompt("a")
    assert "there are none under prompts/" in caught.value.hint
    assert "promptops.yml: paths: {prompts: .github/prompts/**}" in caught.value.hint


@pytest.mark.parametrize("written", ["texts/**", "./texts/**", "texts", "texts/", "[texts, 'more/*.prompt.yml']"])
def test_paths_in_the_settings(project: ProjectBuilder, written: str) -> None:
    files = {"promptops.yml": f"paths: {{prompts: {written}, evals: checks}}\n"}
    p = project(files | {"texts/x/a.prompt.yml": PROMPT, "checks/b.eval.yml": SUITE, "prompts/no.prompt.yml": PROMPT})
    assert list(p.prompt_paths()) == ["x/a"]
    assert p.prompt("x/a").path == PurePosixPath("texts/x/a.prompt.yml")
    assert list(p.suite_paths()) == ["b"]
    assert p.template_folder == PurePosixPath("texts")


@pytest.mark.parametrize("written", ["'**'", "'*.prompt.yml'", "."])
def test_prompts_may_lie_at_the_root(project: ProjectBuilder, written: str) -> None:
    p = project({"promptops.yml": f"paths: {{prompts: {written}}}\n", "a.prompt.yml": PROMPT})
    assert p.prompt("a").id == "a"
    assert list(p.prompt_paths()) == ["a"]
    assert p.template_folder == PurePosixPath()


def test_one_file_as_the_glob(project: ProjectBuilder) -> None:
    p = project({"promptops.yml": "paths: {prompts: texts/a.prompt.yml}\n", "texts/a.prompt.yml": PROMPT})
    assert list(p.prompt_paths()) == ["a"]
    assert p.prompt("a").path == PurePosixPath("texts/a.prompt.yml")


@pytest.mark.parametrize("written", ["../other/**", "/etc/**"])
def test_paths_outside_are_refused(project: ProjectBuilder, written: str) -> None:
    with pytest.raises(SourceError, match="outside the project"):
        project({"promptops.yml": f"paths: {{prompts: {written}}}\n"})


def test_two_files_of_one_name_are_an_error_that_names_both(project: ProjectBuilder) -> None:
    p = project({"prompts/a.prompt.yml": PROMPT, "prompts/a.prompt.yaml": PROMPT})
    with pytest.raises(PromptError, match=r"prompts/a\.prompt\.yaml are both called 'a'") as caught:
        p.prompt_paths()
    assert caught.value.where == "prompts/a.prompt.yml"
    assert caught.value.code == "P009"


def test_two_files_of_one_name_do_not_keep_others_from_being_found(project: ProjectBuilder) -> None:
    p = project({"prompts/a.prompt.yml": PROMPT, "prompts/a.prompt.yaml": PROMPT, "prompts/b.prompt.yml": PROMPT})
    assert p.prompt_names() == ["a", "b"]
    assert p.has_prompt("b")
    assert not p.has_prompt("c")
    with pytest.raises(SourceError, match="no prompt called 'bb'") as caught:
        p.prompt("bb")
    assert caught.value.hint == "did you mean 'b'?"


@pytest.mark.parametrize("folder", [".", "services/bot"])
def test_a_commit_and_the_work_tree_give_the_same(repository: RepositoryBuilder, folder: str) -> None:
    repo = repository()
    root = repo.root / folder
    skipped = {"prompts/node_modules/m/x.prompt.yml": PROMPT}
    sha = repo.commit({f"{folder}/{path}": content for path, content in (FILES | skipped).items()})
    here, there = Project.worktree(root, KINDS), Project.commit(root, "main", KINDS)
    assert there.source.revision.commit == sha
    assert here.config == there.config
    assert here.prompt_paths() == there.prompt_paths()
    assert here.all_suites() == there.all_suites()
    for name in here.prompt_paths():
        assert here.prompt(name) == there.prompt(name)
    for name in here.all_suites():
        assert here.suite(name) == there.suite(name)
    (root / "prompts/a.prompt.yml").write_text(PROMPT.replace("{{ x }}", "now {{ x }}"))
    assert Project.worktree(root, KINDS).prompt("a") != there.prompt("a")
    assert Project.commit(root, "HEAD", KINDS).prompt("a") == there.prompt("a")


def test_a_version_before_the_project_has_no_prompts(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({"readme": ""})
    repo.commit({f"sub/{path}": content for path, content in FILES.items()})
    old = Project.commit(repo.root / "sub", "HEAD~1", KINDS)
    assert old.prompt_paths() == {}
    with pytest.raises(SourceError) as caught:
        old.prompt("a")
    assert repo.git("rev-parse", "HEAD~1")[:7] in str(caught.value)
