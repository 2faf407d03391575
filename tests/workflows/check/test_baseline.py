"""A change fails on what it brings; what was there before it is told and no fault of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import AbsentObjectError
from promptops.lint.engine.runner import Report
from promptops.model.config import Config
from promptops.model.outcomes.check import CheckResult, ComparisonBase
from promptops.report.comment.compose import check_comment
from promptops.report.comment.headline import headline
from promptops.report.lint.findings import github
from promptops.workflows.check import lint_change as module
from promptops.workflows.check.lint_change import lint_change
from tests.conftest import GitRepository
from tests.headings import first_heading
from tests.workflows.check.test_check import NO_BASE, Scene
from tests.workflows.scene import GREET, POLITE, SUITE, Endpoint, workspace_at

PROMPT, OLD = "prompts/greet.prompt.yml", "prompts/old.prompt.yml"
WARNED = GREET + "modle: x\n"


@pytest.fixture
def scene(tmp_path: Path, endpoint: Endpoint) -> Scene:
    """A project with an old problem in a prompt that nobody touches."""
    scene = Scene(tmp_path, endpoint.url)
    scene.sha = scene.repo.commit({OLD: WARNED})
    return scene


def first_line(found: CheckResult) -> str:
    return first_heading(check_comment(found))


def test_an_old_problem_fails_no_change_of_something_else(scene: Scene, endpoint: Endpoint) -> None:
    for files in ({"README.md": "words"}, {PROMPT: POLITE}):
        scene.write(files)
        found = scene.check()
        assert (found.exit_code, len(found.findings), found.brought) == (0, 2, ()), found.findings
        assert first_line(found).startswith(("### Passed: this change ", "### ➖ "))
        page = check_comment(found)
        assert "It was there before, and no fault of this change." in page
        assert "modle" not in page


def test_what_a_change_brings_fails_it_and_is_said_first(scene: Scene) -> None:
    scene.write({PROMPT: GREET + "tols: x\n"})
    found = scene.check()
    assert (found.exit_code, found.verdict, found.lint_failed) == (1, "blocked", True)
    assert f"this change brings 1 problem ({PROMPT}:6: P003 'tols' is not a key" in headline(found)
    assert first_line(found) == f"### One thing to mend in `{PROMPT}`, line 6"
    page = check_comment(found)
    assert "**Lint:** 2 problems and 1 note in 2 prompts and 1 suite" in page
    assert "This change brings one of them, the other was there before and no fault of it." in page
    assert page.count("'tols' is not a key") == 1
    told = github(scene.reports[0])
    assert told.count("::warning") + told.count("::error") == 1
    assert "1 problem was there before this change" in told


def test_a_change_in_the_file_with_the_old_problem_is_none_of_its_fault(scene: Scene) -> None:
    scene.write({OLD: "# for all who come late\n" + WARNED.replace("Greet", "Hail")})
    assert scene.check().exit_code == 0
    scene.repo.git("mv", OLD, "prompts/older.prompt.yml")
    assert scene.check().exit_code == 0


def test_net_zero_fails_all_the_same(scene: Scene) -> None:
    scene.write({OLD: GREET + "tols: x\n"})
    assert scene.check().exit_code == 1


def test_what_a_change_causes_in_files_that_it_does_not_touch_is_its_own(scene: Scene) -> None:
    scene.repo.commit({OLD: GREET.replace("'Greet", '\'{% include "hello.j2" %} Greet'), "prompts/hello.j2": "Hello\n"})
    base = ComparisonBase(scene.repo.git("rev-parse", "HEAD"), "before")
    (scene.repo.root / "prompts/hello.j2").unlink()
    found = scene.check(base)
    assert (found.exit_code, [one.code for one in found.brought if one.severity != "note"]) == (1, ["P104"])


def test_without_a_base_nothing_was_there_before(scene: Scene) -> None:
    found = scene.check(NO_BASE)
    assert found.exit_code == 1
    assert headline(found).startswith("Failed: lint finds 1 problem (prompts/old.prompt.yml:6: P003")


def test_a_rule_made_stricter_brings_no_finding_and_one_policy_more_does(scene: Scene) -> None:
    settings = (scene.repo.root / "promptops.yml").read_text("utf-8")
    scene.write({"promptops.yml": settings + "lint: {rules: {P501: error, P003: error}}\n"})
    found = scene.check()
    assert (found.exit_code, found.brought) == (0, ())
    assert {one.severity for one in found.findings if one.code == "P003"} == {"error"}
    scene.write({"promptops.yml": settings + "policy: {allowedModels: [big]}\n"})
    found = scene.check()
    assert {one.code for one in found.brought if one.severity == "error"} == {"P302"}
    assert "P302 the model 'small' is not one this project allows" in headline(found)


def test_a_rule_that_is_switched_on_brings_no_finding(scene: Scene) -> None:
    settings = (scene.repo.root / "promptops.yml").read_text("utf-8")
    base = ComparisonBase(scene.repo.commit({"promptops.yml": settings + "lint: {rules: {P003: 'off'}}\n"}), "before")
    scene.write({"promptops.yml": settings})
    found = scene.check(base)
    assert (found.exit_code, "P003" in {one.code for one in found.inherited}) == (0, True)


def test_a_base_that_cannot_be_read_as_a_project_is_compared_all_the_same(scene: Scene) -> None:
    settings = (scene.repo.root / "promptops.yml").read_text("utf-8")
    base = ComparisonBase(scene.repo.commit({"promptops.yml": "models: [\n"}), "before")
    scene.write({"promptops.yml": settings + "policy: {allowedModels: [big]}\n"})
    assert scene.check(base).exit_code == 0  # who mends the settings is not blamed for what shows now


def test_an_old_broken_suite_fails_no_change_of_something_else(scene: Scene, endpoint: Endpoint) -> None:
    broken = {"evals/odd.eval.yml": "prompt: [", "evals/lost.eval.yml": SUITE.replace("prompt: greet", "prompt: gone")}
    base = ComparisonBase(scene.repo.commit(broken), "before")
    scene.write({"README.md": "words"})
    assert (scene.check(base).exit_code, endpoint.asked) == (0, [])
    scene.write({PROMPT: POLITE})
    found = scene.check(base)
    assert (found.exit_code, {one.suite for one in found.untouched}) == (0, {"odd", "lost"})
    page = check_comment(found)
    assert "**There before, and no fault of this change:**" in page
    assert "**odd** was not evaluated: " in page
    scene.write({"evals/odd.eval.yml": "prompt: [ "})
    found = scene.check(base)
    assert (found.exit_code, {one.suite for one in found.problems}) == (2, {"odd"})


def test_a_prompt_that_is_taken_away_from_its_suite_is_the_changes_fault(scene: Scene) -> None:
    (scene.repo.root / PROMPT).unlink()
    found = scene.check()
    assert (found.exit_code, [one.suite for one in found.problems]) == (2, ["greet"])


def test_a_fork_calls_nothing_old_that_the_base_does_not_have(scene: Scene) -> None:
    ignored = GREET + "tols: x  # promptops: ignore[P003] trust me\n"
    scene.write({PROMPT: ignored, "promptops.yml": "lint: {rules: {P003: note}}\n"})
    found = scene.check(untrusted=True)
    assert found.lint_failed
    assert [one.path.name for one in found.brought if one.code == "P003"] == ["greet.prompt.yml"]


def test_where_the_base_cannot_be_looked_at_all_counts_and_that_is_said(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*arguments: object) -> Report:
        raise AbsentObjectError("the commit is not here")

    monkeypatch.setattr(module, "lint_base", absent)
    scene.write({PROMPT: POLITE})
    found = scene.check()
    assert found.exit_code == 1
    assert "What was there before could not be looked at (the commit is not here), so all count." in check_comment(
        found
    )


def test_the_base_is_linted_only_where_something_was_found(
    tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    original = module.lint_base

    def noted(root: Path, base: str, own: Config) -> Report:
        looked.append(base)
        return original(root, base, own)

    monkeypatch.setattr(module, "lint_base", noted)
    scene = Scene(tmp_path, endpoint.url)
    scene.write({PROMPT: POLITE})
    scene.check()
    base = ComparisonBase(scene.repo.commit({OLD: WARNED}), "before")
    scene.write({"README.md": "words"})
    scene.check(base)
    assert looked == []
    scene.write({PROMPT: GREET})
    scene.check(base)
    assert looked == [base.commit]


def test_a_project_in_a_folder_has_a_baseline_too(repository: type[GitRepository], tmp_path: Path) -> None:
    repo = GitRepository(tmp_path / "work")
    folder = repo.root / "apps/one"
    base = repo.commit(
        {"apps/one/promptops.yml": "models: {small: {provider: openai, model: m}}\n", f"apps/one/{OLD}": WARNED}
    )
    repo.commit({f"apps/one/{PROMPT}": GREET + "tols: x\n", "prompts/other.prompt.yml": WARNED})
    found = lint_change(workspace_at(folder), base, untrusted=False)
    assert [one.path.name for one in found.report.findings if one in found.report.inherited] == ["old.prompt.yml"] * 2
    assert {path.as_posix() for path in found.touched or ()} == {PROMPT}
