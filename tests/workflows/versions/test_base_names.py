"""A renamed prompt is compared with itself under its former name."""

from __future__ import annotations

from promptops.workflows.check.prompt_changes import prompt_changes
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


def test_a_suite_that_was_only_renamed_is_unchanged(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({**files_for(""), "evals/other.eval.yml": SUITE.replace("says the name", "has it")})
    repo.git("mv", "evals/greet.eval.yml", "evals/welcome.eval.yml")
    assert _changed(repo) == []
    assert _former(repo).suite("welcome") == "greet"
    assert _former(repo).suites == {"welcome": "greet"}


def test_prompt_and_suite_may_be_renamed_at_once(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit(files_for(""))
    repo.git("mv", "prompts/greet.prompt.yml", "prompts/welcome.prompt.yml")
    repo.git("mv", "evals/greet.eval.yml", "evals/welcome.eval.yml")
    (repo.root / "evals/welcome.eval.yml").write_text(SUITE.replace("prompt: greet", "prompt: welcome"))
    assert _changed(repo) == []
    changes = prompt_changes(workspace_at(repo.root), repo.git("rev-parse", "HEAD"))
    assert (changes.same, changes.suites) == (("welcome",), (("welcome", "greet"),))


def test_a_renamed_suite_with_another_case_is_evaluated(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit(files_for(""))
    repo.git("mv", "evals/greet.eval.yml", "evals/welcome.eval.yml")
    (repo.root / "evals/welcome.eval.yml").write_text(SUITE.replace("Eve", "Eva"))
    (one,) = _changed(repo)
    assert one.suite_changed
    assert _former(repo).suite("welcome") == "greet"


def test_a_suite_of_another_prompt_or_with_other_questions_is_new(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({**files_for(""), "prompts/other.prompt.yml": LINES})
    repo.git("mv", "evals/greet.eval.yml", "evals/of-other.eval.yml")
    (repo.root / "evals/of-other.eval.yml").write_text(SUITE.replace("prompt: greet", "prompt: other"))
    other = "[{name: a, string: {contains: a}}, {name: b, string: {contains: b}}]\n"
    asks = SUITE.partition("evaluators:")[0].replace("Eve", "Eva")
    (repo.root / "evals/asks-other.eval.yml").write_text(f"{asks}evaluators: {other}")
    assert _former(repo).suites == {}


def test_of_two_new_suites_the_same_one_has_the_former_name(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit(files_for(""))
    repo.git("mv", "evals/greet.eval.yml", "evals/same.eval.yml")
    (repo.root / "evals/a.eval.yml").write_text(SUITE.replace("Eve", "Eva"))
    assert _former(repo).suites == {"same": "greet"}
