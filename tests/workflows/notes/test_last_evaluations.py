"""How a version did when it was last evaluated here, read from what runs left behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from promptops.evals.registry import KINDS
from promptops.model.outcomes.history import Scorecard
from promptops.model.outcomes.pin_change import Evaluation
from promptops.model.results import CaseInfo, Comparison, GateResult, Sample
from promptops.model.waiver import Waiver
from promptops.pins.sealing import seal_prompt
from promptops.report.pins.text import pins_text
from promptops.source.formats.waivers import waiver_line, waiver_path
from promptops.source.git.notes import add_note_lines
from promptops.source.git.repository import Repository
from promptops.source.project import Project
from promptops.store.results_file import parse_results, serialize_results
from promptops.workflows.notes.last_evaluations import last_evaluations
from promptops.workflows.notes.note_format import dump_line
from tests.conftest import GitRepository, RepositoryBuilder
from tests.workflows.pins import FAILED, FILES, PASSED, evaluated, pinned
from tests.workflows.scene import workspace_at

UNMEASURED = replace(FAILED, status="not measured", reason="no case was answered", blocks=False)
DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    return repository()


def last(repo: GitRepository) -> tuple[Evaluation, ...]:
    return last_evaluations(workspace_at(repo.root), {DIGEST})[DIGEST]


def results(repo: GitRepository) -> list[Path]:
    return sorted((repo.root / ".promptops/results").glob("*/results.json"))


def test_nothing_was_evaluated(repo: GitRepository) -> None:
    assert last(repo) == ()
    evaluated(repo, OTHER, PASSED)
    assert last(repo) == ()


def test_the_newest_run_of_each_suite_counts(repo: GitRepository) -> None:
    evaluated(repo, DIGEST, FAILED, when="20261124-050000")
    evaluated(repo, DIGEST, PASSED, when="20261124-060000")
    evaluated(repo, DIGEST, FAILED, when="20261123-050000", suite="tone")
    evaluated(repo, OTHER, FAILED, when="20261124-070000")
    assert last(repo) == (
        Evaluation("greet", "2026-11-24T06:00:00+00:00", (PASSED,)),
        Evaluation("tone", "2026-11-23T05:00:00+00:00", (FAILED,)),
    )


def test_several_versions_are_looked_up_in_one_go(repo: GitRepository) -> None:
    evaluated(repo, DIGEST, PASSED)
    evaluated(repo, OTHER, FAILED, when="20261124-070000")
    found = last_evaluations(workspace_at(repo.root), {DIGEST, OTHER})
    assert (found[DIGEST][0].gates, found[OTHER][0].gates) == ((PASSED,), (FAILED,))


def test_a_run_that_compared_it_as_the_old_side_says_nothing(repo: GitRepository) -> None:
    evaluated(repo, DIGEST, FAILED, side="base")
    assert last(repo) == ()


def test_a_gate_of_another_model_says_nothing(repo: GitRepository) -> None:
    evaluated(repo, DIGEST, PASSED, FAILED, model="big")
    assert last(repo)[0].gates == ()


def sampled(repo: GitRepository, *errors: str, number: int = -1) -> None:
    """Give a run's results one reply for each of these errors; an empty one is an answer."""
    file = results(repo)[number]
    samples = tuple(Sample(f"c{n}", 0, 0, error=error) for n, error in enumerate(errors))
    cases = tuple(CaseInfo(sample.case, {}) for sample in samples)
    file.write_bytes(serialize_results(replace(parse_results(file.read_bytes()), cases=cases, samples=samples)))


def test_a_run_without_answers_does_not_count(repo: GitRepository) -> None:
    evaluated(repo, DIGEST, FAILED, when="20261124-050000")
    evaluated(repo, DIGEST, replace(UNMEASURED, status="advisory"), when="20261124-060000")
    sampled(repo, "time-out", "time-out")
    assert last(repo) == (Evaluation("greet", "2026-11-24T05:00:00+00:00", (FAILED,), later="no answers"),)


def test_a_run_that_had_nothing_to_ask_is_no_evaluation(repo: GitRepository) -> None:
    same = (Comparison("small", (), overall="unchanged"),)
    evaluated(repo, DIGEST, when="20261124-060000")
    (file,) = results(repo)
    file.write_bytes(serialize_results(replace(parse_results(file.read_bytes()), comparisons=same)))
    assert last(repo) == ()
    evaluated(repo, DIGEST, PASSED, when="20261124-050000")
    assert last(repo) == (Evaluation("greet", "2026-11-24T05:00:00+00:00", (PASSED,)),)


def test_one_answer_is_enough_for_a_run_to_count(repo: GitRepository) -> None:
    evaluated(repo, DIGEST, FAILED, when="20261124-050000")
    evaluated(repo, DIGEST, PASSED, when="20261124-060000")
    sampled(repo, "time-out", "")
    assert [(run.gates, run.later, run.unmeasured) for run in last(repo)] == [
        ((PASSED,), "", "1 of 2 calls failed: time-out"),
    ]  # fmt: skip


def test_where_no_run_had_answers_the_last_one_is_told(repo: GitRepository) -> None:
    evaluated(repo, DIGEST, UNMEASURED, when="20261124-050000")
    evaluated(repo, DIGEST, UNMEASURED, when="20261124-060000")
    assert last(repo) == (Evaluation("greet", "2026-11-24T06:00:00+00:00", (UNMEASURED,)),)


def test_a_gate_left_open_is_told_by_the_last_run_that_measured_it(repo: GitRepository) -> None:
    other = replace(PASSED, criterion="no date")
    evaluated(repo, DIGEST, PASSED, when="20261124-040000")
    evaluated(repo, DIGEST, FAILED, replace(other, status="failed"), when="20261124-050000")
    evaluated(repo, DIGEST, UNMEASURED, other, when="20261124-060000")
    assert last(repo) == (
        Evaluation("greet", "2026-11-24T06:00:00+00:00", (UNMEASURED, other)),
        Evaluation("greet", "2026-11-24T05:00:00+00:00", (FAILED,), later="not measured"),
    )


@pytest.mark.parametrize("damage", ["cut", "foreign", "folder", "gone"])
def test_results_that_cannot_be_read_are_passed_over(repo: GitRepository, damage: str) -> None:
    evaluated(repo, DIGEST, PASSED, when="20261124-050000")
    evaluated(repo, DIGEST, FAILED, when="20261124-060000")
    file = results(repo)[-1]
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-10])
    elif damage == "foreign":
        file.write_bytes(file.read_bytes().replace(b"promptops-results/1", b"promptops-results/9"))
    else:
        file.unlink()
        if damage == "folder":
            file.mkdir()
    assert [run.gates for run in last(repo)] == [(PASSED,)]


def test_a_digest_is_found_wherever_it_stands_in_the_file(repo: GitRepository) -> None:
    evaluated(repo, DIGEST, PASSED)
    file = results(repo)[0]
    file.write_bytes(file.read_bytes().replace(b'"title":"Greet"', b'"title":"' + b"x" * 200_000 + b'"'))
    assert [run.gates for run in last(repo)] == [(PASSED,)]


# Results that ran elsewhere and travel as git notes


def noted_run(
    repo: GitRepository, *gates: GateResult, when: str, suite: str = "greet", model: str = "small", **more: str
) -> None:
    card = Scorecard(suite, "greet", model, "openai/m", DIGEST, "e", "s", (), gates, when=f"{when}T05:00:00+00:00")
    card = Scorecard(**{**card._asdict(), **more})
    add_note_lines(
        Repository(repo.root), {repo.commit({"other": when + model, ".gitignore": ".promptops\n"}): [dump_line(card)]}
    )


def with_notes(repo: GitRepository) -> tuple[Evaluation, ...]:
    return last_evaluations(workspace_at(repo.root), {DIGEST}, Repository(repo.root))[DIGEST]


def test_the_newest_noted_run_counts_where_none_is_here(repo: GitRepository) -> None:
    noted_run(repo, FAILED, when="2026-11-22")
    noted_run(repo, PASSED, when="2026-11-23")
    noted_run(repo, FAILED, when="2026-11-21")
    assert with_notes(repo) == (Evaluation("greet", "2026-11-23T05:00:00+00:00", (PASSED,), noted=True),)
    assert last(repo) == ()  # nobody asked for notes


def test_a_note_that_is_dated_in_the_future_says_nothing(repo: GitRepository) -> None:
    noted_run(repo, FAILED, when="2026-11-22")
    noted_run(repo, PASSED, when="2999-11-23")
    noted_run(repo, PASSED, when="later", model="other")
    assert with_notes(repo) == (Evaluation("greet", "2026-11-22T05:00:00+00:00", (FAILED,), noted=True),)


def test_a_run_on_this_machine_outweighs_notes_however_new(repo: GitRepository) -> None:
    evaluated(repo, DIGEST, FAILED, when="20261120-050000")
    noted_run(repo, PASSED, when="2026-11-23")
    noted_run(repo, PASSED, when="2026-11-22", suite="tone")
    assert with_notes(repo) == (
        Evaluation("greet", "2026-11-20T05:00:00+00:00", (FAILED,)),
        Evaluation("tone", "2026-11-22T05:00:00+00:00", (PASSED,), noted=True),
    )


def test_the_models_of_one_noted_run_belong_together(repo: GitRepository) -> None:
    big = replace(FAILED, model="big")
    noted_run(repo, PASSED, when="2026-11-23")
    noted_run(repo, big, when="2026-11-23", model="big")
    [found] = with_notes(repo)
    assert set(found.gates) == {PASSED, big}


def test_an_open_gate_is_told_by_an_older_noted_run(repo: GitRepository) -> None:
    noted_run(repo, FAILED, when="2026-11-22")
    noted_run(repo, UNMEASURED, when="2026-11-23")
    assert [(one.gates, one.later) for one in with_notes(repo)] == [((UNMEASURED,), ""), ((FAILED,), "not measured")]


ACCEPTED = replace(FAILED, blocks=False, accepted="@ana: we know")
SAID = Waiver("greet", FAILED.criterion, FAILED.rule, "failed", "b", "e", "asked", "@ana", why="we know")


def accepted_by(repo: GitRepository) -> list[str]:
    return [gate.accepted for one in with_notes(repo) for gate in one.gates]


@pytest.mark.parametrize("order", [1, -1])
def test_a_gate_accepted_in_any_note_of_the_version_is_accepted(repo: GitRepository, order: int) -> None:
    first, second = ("2026-11-22", "2026-11-23")[::order]
    noted_run(repo, ACCEPTED, when=first)
    noted_run(repo, FAILED, when=second)
    [found] = with_notes(repo)
    assert found.gates == (ACCEPTED,)


@pytest.mark.parametrize(
    ("gate", "other"),
    [
        (ACCEPTED, {"evaluation_digest": "another"}),
        (ACCEPTED, {"suite_digest": "another"}),
        (ACCEPTED, {"questions": "asked", "suite_digest": "another"}),
        (replace(ACCEPTED, rule="at least 80%"), {}),
        (replace(ACCEPTED, criterion="another"), {}),
        (replace(ACCEPTED, status="undecided"), {}),
    ],
    ids=["another version", "other cases", "older note, other cases", "another rule", "another criterion", "milder"],
)
def test_what_was_accepted_of_something_else_does_not_count(
    repo: GitRepository, gate: GateResult, other: dict[str, str]
) -> None:
    noted_run(repo, gate, when="2026-11-22", **other)
    noted_run(repo, FAILED, when="2026-11-23")
    assert with_notes(repo)[0].gates == (FAILED,)


def test_the_same_questions_with_more_labels_are_the_same(repo: GitRepository) -> None:
    noted_run(repo, ACCEPTED, when="2026-11-22", questions="asked", suite_digest="fewer labels")
    noted_run(repo, FAILED, when="2026-11-23", questions="asked")
    assert accepted_by(repo) == ["@ana: we know"]


def test_other_questions_are_others_although_the_labels_are_the_same(repo: GitRepository) -> None:
    noted_run(repo, ACCEPTED, when="2026-11-22", questions="others")
    noted_run(repo, FAILED, when="2026-11-23", questions="asked")
    assert accepted_by(repo) == [""]


def test_what_the_main_branch_has_is_accepted_and_what_is_only_here_is_not(repo: GitRepository) -> None:
    noted_run(repo, FAILED, when="2026-11-23", questions="asked")
    here = repo.git("rev-parse", "--abbrev-ref", "HEAD")
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    path = str(waiver_path("evals", SAID))
    repo.commit({path: waiver_line(SAID)})
    repo.git("branch", "--force", "main" if here != "main" else "other", "HEAD")
    assert accepted_by(repo) == [""]
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert accepted_by(repo) == ["@ana: we know"]
    repo.commit({path: waiver_line(SAID._replace(questions="others"))})
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert accepted_by(repo) == [""]


def test_a_run_of_this_machine_knows_what_was_accepted_elsewhere(repo: GitRepository) -> None:
    repo.commit({str(waiver_path("evals", SAID)): waiver_line(SAID), ".gitignore": ".promptops\n"})
    evaluated(repo, DIGEST, FAILED)
    file = results(repo)[0]
    made = parse_results(file.read_bytes())
    arms = tuple(replace(arm, evaluation_digest="e") for arm in made.arms)
    file.write_bytes(serialize_results(replace(made, questions="asked", arms=arms)))
    assert [gate.accepted for gate in last(repo)[0].gates] == ["@ana: we know"]


def test_an_accepted_gate_keeps_no_pin_back(repo: GitRepository) -> None:
    commit = repo.commit(FILES)
    digest = seal_prompt(Project.commit(repo.root, commit, KINDS), "greet").digest
    for when, gate in (("2026-11-22", ACCEPTED), ("2026-11-23", FAILED)):
        card = Scorecard("greet", "greet", "small", "openai/m", digest, "e", "s", (), (gate,), when=f"{when}T05:00:00")
        add_note_lines(Repository(repo.root), {commit: [dump_line(card)]})
    report = pinned(repo, "greet")
    assert (report.refused, report.written) == (False, True)


def test_a_pin_is_kept_back_by_a_failed_gate_in_a_note(repo: GitRepository) -> None:
    commit = repo.commit(FILES)
    digest = seal_prompt(Project.commit(repo.root, commit, KINDS), "greet").digest
    card = Scorecard("greet", "greet", "small", "openai/m", digest, "e", "s", (), (FAILED,), when="2026-11-23T05:00:00")
    add_note_lines(Repository(repo.root), {commit: [dump_line(card)]})
    report = pinned(repo, "greet")
    assert report.refused
    assert "as a git note says" in pins_text(report, 1_800_000_000.0)
