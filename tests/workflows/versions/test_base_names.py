"""A renamed prompt is compared with itself under its former name."""

from __future__ import annotations

from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice, PreparedRun
from promptops.workflows.versions.rename_detection import FormerNames
from tests.conftest import GitRepository, RepositoryBuilder
from tests.workflows.scene import GREET, SUITE, answering, evaluate, files_for, workspace_at

LINES = GREET.replace("'Greet {{ who }}'", "|\n      Greet {{ who }}\n      in one line,\n      please.\n")
INLINE = (
    LINES + "testData: [{id: ada, who: Ada}]\nevaluators: [{name: says the name, string: {contains: '{{ who }}'}}]\n"
)


def _former(repo: GitRepository) -> FormerNames:
    space = workspace_at(repo.root)
    return FormerNames(space, space.project("HEAD"), space.project())


def _changed(repo: GitRepository) -> list[PreparedRun]:
    return prepare(workspace_at(repo.root), EvalChoice(base="HEAD", changed=True))


def test_a_renamed_and_edited_prompt_has_its_former_self_as_its_base(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit({**files_for(endpoint.url), "prompts/greet.prompt.yml": LINES})
        repo.git("mv", "prompts/greet.prompt.yml", "prompts/welcome.prompt.yml")
        (repo.root / "prompts/welcome.prompt.yml").write_text(LINES.replace("please", "or two"))
        (repo.root / "evals/greet.eval.yml").write_text(SUITE.replace("prompt: greet", "prompt: welcome"))
        results = evaluate(workspace_at(repo.root), base="HEAD")
    assert [arm.side for arm in results.arms] == ["base", "head"]
    assert results.comparisons[0].criteria[0].paired == 3
    assert any("it is called 'greet'" in note for note in results.notes)


def test_a_prompt_that_was_only_renamed_is_unchanged(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({**files_for(""), "prompts/greet.prompt.yml": LINES})
    repo.git("mv", "prompts/greet.prompt.yml", "prompts/welcome.prompt.yml")
    (repo.root / "evals/greet.eval.yml").write_text(SUITE.replace("prompt: greet", "prompt: welcome"))
    assert _changed(repo) == []


def test_the_suite_in_a_prompts_file_is_renamed_with_it(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({"promptops.yml": files_for("")["promptops.yml"], "prompts/greet.prompt.yml": INLINE})
    repo.git("mv", "prompts/greet.prompt.yml", "prompts/welcome.prompt.yml")
    assert _changed(repo) == []
    (repo.root / "prompts/welcome.prompt.yml").write_text(INLINE.replace("please", "or two"))
    (one,) = _changed(repo)
    assert not any("the suite itself changed" in note for note in one.plan.notes)


def test_a_prompt_named_by_its_path_is_found_under_its_former_name(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({**files_for(""), "prompts/greet.prompt.yml": LINES})
    repo.git("mv", "prompts/greet.prompt.yml", "prompts/welcome.prompt.yml")
    assert _former(repo).prompt("prompts/welcome.prompt.yml") == "greet"


def test_a_copy_is_new_as_long_as_the_first_is_there(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({**files_for(""), "prompts/greet.prompt.yml": LINES})
    (repo.root / "prompts/welcome.prompt.yml").write_text(LINES)
    assert _former(repo).prompt("welcome") == "welcome"


def test_a_prompt_that_cannot_be_read_has_no_former_name_and_hides_no_other(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({**files_for(""), "prompts/greet.prompt.yml": LINES, "prompts/old.prompt.yml": "messages: ["})
    repo.git("mv", "prompts/greet.prompt.yml", "prompts/welcome.prompt.yml")
    repo.git("mv", "prompts/old.prompt.yml", "prompts/new.prompt.yml")
    former = _former(repo)
    assert (former.prompt("new"), former.prompt("welcome")) == ("new", "greet")
