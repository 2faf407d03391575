"""A check says all it can, whatever of the change is broken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from promptops.lint.engine.runner import Report
from promptops.model.outcomes.check import CheckResult, ComparisonBase
from promptops.report.comment.check_json import dump_check
from promptops.report.comment.compose import check_comment
from promptops.store.results_file import parse_results
from promptops.workflows.check.check import check
from promptops.workflows.eval.prepared_run import EvalChoice
from tests.conftest import GitRepository, write_files
from tests.headings import first_heading
from tests.workflows.scene import (
    GREET,
    POLITE,
    SUITE,
    Endpoint,
    evaluate,
    files_for,
    many_cases,
    settings,
    workspace_at,
)

NO_BASE = ComparisonBase(None, "nothing to compare with")


class Scene:
    """A committed project, and what a check of its work tree told on the way."""

    def __init__(self, folder: Path, url: str) -> None:
        self.repo = GitRepository(folder / "work")
        self.out = folder / "out"
        self.sha = self.repo.commit(files_for(url))
        self.progress: list[tuple[int, int]] = []
        self.reports: list[Report] = []
        self.failures: list[str] = []

    def check(
        self, base: ComparisonBase | None = None, secrets: Mapping[str, str] | None = None, **choice: float
    ) -> CheckResult:
        return check(
            workspace_at(self.repo.root, secrets),
            EvalChoice(**choice),  # type: ignore[arg-type]
            base or ComparisonBase(self.sha, "what was there before"),
            self.out,
            version="0",
            on_lint=self.reports.append,
            watch=lambda done, total: self.progress.append((done, total)),
            on_failure=self.failures.append,
        )

    def write(self, files: Mapping[str, str]) -> None:
        write_files(self.repo.root, files)


@pytest.fixture
def scene(tmp_path: Path, endpoint: Endpoint) -> Scene:
    return Scene(tmp_path, endpoint.url)


def test_only_what_the_change_reaches_is_evaluated(scene: Scene, endpoint: Endpoint) -> None:
    scene.write({"README.md": "words"})
    found = scene.check()
    assert (found.verdict, found.results, endpoint.asked) == ("nothing", (), [])
    scene.write({"prompts/greet.prompt.yml": POLITE})
    found = scene.check()
    assert [one.suite for one in found.results] == ["greet"]
    assert found.verdict == "no-difference"


def test_a_broken_suite_and_a_broken_prompt_hide_no_other(scene: Scene) -> None:
    scene.write(
        {
            "prompts/greet.prompt.yml": POLITE,
            "prompts/bad.prompt.yml": GREET.replace("{{ who }}", "{{ who"),
            "evals/bad.eval.yml": SUITE.replace("prompt: greet", "prompt: bad"),
            "evals/odd.eval.yml": "prompt: [",
        }
    )
    found = scene.check()
    assert [one.suite for one in found.results] == ["greet"]
    assert {one.suite for one in found.problems} == {"bad", "odd"}
    assert (found.verdict, found.exit_code) == ("error", 2)
    title = check_comment(found).splitlines()[1]
    assert title == "### ❔ Not measured: two things to mend, the first in `evals/odd.eval.yml`, line 1"
    assert parse_results((scene.out / "greet/results.json").read_bytes()).suite == "greet"


def test_broken_settings_are_told_once_and_lint_speaks_all_the_same(scene: Scene) -> None:
    scene.write({"promptops.yml": "models: ["})
    found = scene.check()
    assert [one.suite for one in found.problems] == [""]
    assert found.lint_failed
    assert len(scene.reports) == 1


def test_a_model_without_its_key_is_told_and_hides_no_other(scene: Scene, endpoint: Endpoint) -> None:
    keyed = "  far: {provider: openai, model: x, baseUrl: 'https://models.example/v1', apiKeyEnv: FAR_KEY}\n"
    scene.write(
        {
            "promptops.yml": settings(endpoint.url) + keyed,
            "prompts/greet.prompt.yml": POLITE,
            "prompts/far.prompt.yml": GREET.replace("model: small", "model: far"),
            "evals/far.eval.yml": SUITE.replace("prompt: greet", "prompt: far"),
        }
    )
    found = scene.check()
    assert [one.suite for one in found.results] == ["greet"]
    (trouble,) = found.problems
    assert trouble.suite == "far"
    assert "FAR_KEY is not set" in trouble.why


def test_a_model_that_answers_nothing_is_no_pass(scene: Scene, endpoint: Endpoint) -> None:
    scene.write({"promptops.yml": settings("http://127.0.0.1:1/v1"), "prompts/greet.prompt.yml": POLITE})
    found = scene.check()
    assert (found.verdict, found.exit_code) == ("not-measured", 2)
    assert "every call failed" in found.problems[0].why
    assert scene.failures == [
        "small: nothing listens at http://127.0.0.1:1/v1. is the server running at http://127.0.0.1:1/v1?"
    ]


def test_case_41_what_was_not_measured_is_no_pass_and_says_so_first(scene: Scene) -> None:
    raises = "def check(reply, case):\n    raise ValueError('no verdict today')\n"
    python = SUITE.replace("evaluators: [", "evaluators: [{name: own, python: {file: own.py, function: check}}, ")
    scene.write({"evals/own.py": raises, "evals/greet.eval.yml": python + "gates: {own: {atLeast: 0.5}}\n"})
    scene.write({"prompts/greet.prompt.yml": POLITE})
    for base in (None, NO_BASE):
        found = scene.check(base)
        assert (found.verdict, found.exit_code) == ("not-measured", 2)
        page = check_comment(found)
        assert first_heading(page) == "### ❔ Not measured: greet"
        assert "**greet** was not measured: 'own' has no answer: own.py line 2: ValueError: no verdict" in page
        assert "no difference" not in page
        assert json.loads(dump_check(found))["verdict"] == "not-measured"


def test_case_41_not_measured_wins_over_a_failed_gate_and_over_what_lint_finds(scene: Scene) -> None:
    gated = SUITE.replace("'{{ who }}'", "Rumpelstiltskin") + "gates: {says the name: {atLeast: 0.9}}\n"
    judged = SUITE.replace("evaluators: [", "evaluators: [{name: kind, judge: {question: Is it kind?, model: big}}, ")
    scene.write({"evals/gated.eval.yml": gated, "evals/greet.eval.yml": judged})
    scene.write({"prompts/greet.prompt.yml": POLITE + "modle: x\n"})
    found = scene.check()
    assert found.lint_failed
    assert [one.blocked for one in found.results] == [True, False]
    assert (found.verdict, found.exit_code) == ("not-measured", 2)


def test_case_41_a_changed_prompt_of_a_recorded_suite_was_asked_of_nobody(scene: Scene, endpoint: Endpoint) -> None:
    scene.write({"evals/greet.eval.yml": SUITE + "replies: greet.replies.jsonl\n"})
    evaluate(workspace_at(scene.repo.root), record=True)
    base = ComparisonBase(scene.repo.commit(), "before")
    asked = len(endpoint.asked)
    scene.write({"prompts/greet.prompt.yml": POLITE})
    found = scene.check(base)
    assert (found.verdict, found.exit_code, len(endpoint.asked)) == ("not-measured", 2, asked)
    page = check_comment(found)
    assert first_heading(page) == "### ❔ Not measured: greet"
    assert "nobody asked the model: 3 of 3 replies are not recorded" in page
    assert "promptops eval greet --record" in page


def test_an_endpoint_that_answers_nobody_is_asked_by_one_suite_only(scene: Scene, endpoint: Endpoint) -> None:
    gone = (
        settings(endpoint.url)
        + "  gone: {provider: openai, model: m, baseUrl: 'http://127.0.0.1:1/v1', limits: {maxRetries: 0}}\n"
    )
    far = many_cases(30).replace("prompt: greet", "prompt: far")
    scene.write(
        {
            "promptops.yml": gone,
            "prompts/far.prompt.yml": GREET.replace("model: small", "model: gone"),
            "evals/a.eval.yml": far,
            "evals/b.eval.yml": far,
        }
    )
    found = scene.check(NO_BASE)
    assert [one.suite for one in found.problems] == ["a", "b"]
    assert all("the first 10 calls all failed alike" in one.why for one in found.problems)
    assert [(one.suite, bool(one.samples)) for one in found.results] == [("a", True), ("greet", True)]
    assert (len(endpoint.asked), found.exit_code) == (3, 2)
    assert len(scene.failures) == 1


def test_without_a_base_all_is_a_first_run(scene: Scene, endpoint: Endpoint) -> None:
    assert scene.check(NO_BASE).verdict == "first-run"
    assert len(endpoint.asked) == 3


def test_who_has_no_suite_yet_did_nothing_wrong(scene: Scene) -> None:
    (scene.repo.root / "evals/greet.eval.yml").unlink()
    found = scene.check(NO_BASE)
    assert found.problems == ()


def test_progress_counts_all_suites_together(scene: Scene) -> None:
    scene.write({"prompts/other.prompt.yml": GREET, "evals/other.eval.yml": SUITE.replace("greet", "other")})
    scene.check(NO_BASE)
    assert scene.progress[0] == (0, 6)
    assert [done for done, _ in scene.progress] == list(range(7))
    assert {total for _, total in scene.progress} == {6}


def test_the_most_that_may_be_spent_holds_for_all_suites_together(scene: Scene, endpoint: Endpoint) -> None:
    other = {"prompts/other.prompt.yml": POLITE, "evals/other.eval.yml": SUITE.replace("greet", "other")}
    scene.write(other)
    first = scene.check(NO_BASE).results[0].cost
    assert first
    (scene.repo.root / ".promptops/cache.db").unlink()
    shutil.rmtree(scene.out)
    endpoint.asked.clear()
    found = scene.check(NO_BASE, max_cost=first)
    assert [one.suite for one in found.problems] == ["other"]
    assert "the run stopped" in found.problems[0].why
    assert len(endpoint.asked) == 3


def test_deleted_renamed_and_untested_prompts_are_told(scene: Scene) -> None:
    scene.repo.git("mv", "prompts/greet.prompt.yml", "prompts/welcome.prompt.yml")
    scene.write({"prompts/new.prompt.yml": GREET.replace("Greet", "Farewell")})
    scene.write({"evals/greet.eval.yml": SUITE.replace("prompt: greet", "prompt: welcome")})
    changes = scene.check().changes
    assert changes.renamed == (("welcome", "greet"),)
    assert changes.deleted == ()
    assert changes.untested == ("new",)
    (scene.repo.root / "prompts/welcome.prompt.yml").unlink()
    assert scene.check().changes.deleted == ("greet",)


def test_the_command_that_does_the_same_at_home_can_be_copied(scene: Scene) -> None:
    scene.write({"prompts/greet.prompt.yml": POLITE, "evals/a b;c.eval.yml": SUITE})
    commands = [one.command for one in scene.check().results]
    assert f"promptops eval greet --base {scene.sha[:12]}" in commands
    assert f"promptops eval 'a b;c' --base {scene.sha[:12]}" in commands
