"""How a version did when it was last evaluated here, read from what runs left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.model.pin_change import Evaluation
from promptops.workflows.verdicts import last_evaluations
from tests.conftest import GitRepository, RepositoryBuilder
from tests.workflows.pins import FAILED, PASSED, evaluated
from tests.workflows.scene import workspace_at

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
