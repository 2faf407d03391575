"""What a comparison measured of the version before counts as results of that version."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from promptops.model.outcomes.history import Scorecard
from promptops.model.results import Results
from promptops.source.git.repository import Repository
from promptops.store.results_file import parse_results, serialize_results
from promptops.workflows.history import history
from promptops.workflows.notes.git_notes import NotedResults, note_results
from promptops.workflows.notes.last_evaluations import last_evaluations
from promptops.workflows.notes.note_format import BASE_FORMAT, dump_line, find_scorecards, read_line
from promptops.workflows.notes.run_scorecards import base_scorecards, scorecards
from tests.conftest import GitRepository, RepositoryBuilder
from tests.workflows.notes.test_git_notes import kept, lines, noted
from tests.workflows.scene import POLITE, SUITE, Endpoint, files_for, workspace_at

GATED = f"{SUITE}gates: {{says the name: {{atLeast: 0.2}}}}\n"


@pytest.fixture
def repo(repository: RepositoryBuilder, endpoint: Endpoint) -> GitRepository:
    found = repository()
    found.commit({**files_for(endpoint.url), "evals/greet.eval.yml": GATED})
    return found


@pytest.fixture
def compared(repo: GitRepository) -> tuple[GitRepository, Results]:
    """An edit that was compared with the version before it, and what the run says."""
    repo.commit({"prompts/greet.prompt.yml": POLITE}, "politely")
    folder = kept(repo, "compared", base="HEAD~1")
    return repo, parse_results((folder / "results.json").read_bytes())


def cards_of(repo: GitRepository) -> list[list[Scorecard]]:
    """For each version its results, the newest version first."""
    return [list(row.scorecards) for row in history(workspace_at(repo.root), "greet").versions]


def test_both_sides_of_a_comparison_have_figures(compared: tuple[GitRepository, Results]) -> None:
    repo, results = compared
    [head], [base] = cards_of(repo)
    assert (head.base_of, base.base_of) == ("", results.arms[1].revision)
    assert [(one.name, one.n, one.rate, one.verdict) for one in base.criteria] == [("says the name", 3, 1.0, "")]
    assert (base.suite, base.prompt, base.model, base.when) == ("greet", "greet", "small", results.started)
    assert base.suite_digest == head.suite_digest
    assert base.digest != head.digest
    assert base.gates == ()
    assert base.cost is not None


def test_they_travel_as_notes_and_count_once(compared: tuple[GitRepository, Results], tmp_path: Path) -> None:
    repo, _ = compared
    here = cards_of(repo)
    head = repo.git("rev-parse", "HEAD")
    assert noted(repo) == NotedResults(1, (head,))
    assert sum(BASE_FORMAT in line for line in lines(repo)[head]) == 1
    told = cards_of(repo)
    assert [[replace_noted(one) for one in row] for row in told] == here
    repo.git("clone", "--quiet", str(repo.root), str(tmp_path / "clone"))
    clone = GitRepository(tmp_path / "clone")
    clone.git("fetch", "--quiet", "origin", "refs/notes/promptops:refs/notes/promptops")
    assert cards_of(clone) == told


def replace_noted(card: Scorecard) -> Scorecard:
    return card._replace(commit="", run="")


def test_a_base_that_was_compared_again_and_again_stands_once_with_its_newest_figures(
    compared: tuple[GitRepository, Results],
) -> None:
    repo, results = compared
    earlier = replace(results, started="2026-01-01T00:00:00+00:00")
    (repo.root / ".promptops/results/earlier").mkdir()
    (repo.root / ".promptops/results/earlier/results.json").write_bytes(serialize_results(earlier))
    [_, _], [base] = cards_of(repo)
    assert base.when == results.started


def test_its_own_run_stands_beside_it(compared: tuple[GitRepository, Results]) -> None:
    repo, _ = compared
    repo.git("switch", "--quiet", "--detach", "HEAD~1")
    kept(repo, "own")
    repo.git("switch", "--quiet", "main")
    [_], base = cards_of(repo)
    assert sorted(bool(one.base_of) for one in base) == [False, True]


def failed(results: Results, *, calls: int) -> Results:
    """The same, where so many calls of the base failed."""
    arm = next(number for number, one in enumerate(results.arms) if one.side == "base")
    broken = [one for one in results.samples if one.arm == arm][:calls]
    samples = tuple(replace(one, error="timed out", scores={}) if one in broken else one for one in results.samples)
    return replace(results, samples=samples)


def test_a_base_that_was_not_measured_with_all_cases_is_no_result(compared: tuple[GitRepository, Results]) -> None:
    _, results = compared
    assert len(base_scorecards(results)) == 1
    base = next(number for number, one in enumerate(results.arms) if one.side == "base")
    [first, *others] = results.cases
    [gone, *_] = [one for one in results.samples if one.arm == base]
    rest = tuple(one for one in results.samples if one is not gone)
    scores = {name: replace(score, status="error", passed=None) for name, score in gone.scores.items()}
    partial = {
        "a call failed": failed(results, calls=1),
        "all calls failed": failed(results, calls=3),
        "stopped": replace(results, stopped="the budget is spent"),
        "a part of the run": replace(results, shard="1/2"),
        "a case does not fit it": replace(results, cases=(replace(first, sides=("head",)), *others)),
        "a case was not asked": replace(results, samples=rest),
        "nothing was asked": replace(results, samples=()),
        "a check broke": replace(results, samples=(replace(gone, scores=scores), *rest)),
    }
    assert [name for name, one in partial.items() if base_scorecards(one)] == []


def test_a_few_failures_that_the_suite_allows_leave_it_measured(compared: tuple[GitRepository, Results]) -> None:
    _, results = compared
    [card] = base_scorecards(failed(replace(results, max_errors=0.4), calls=1))
    assert [one.n for one in card.criteria] == [2]


def test_failures_of_the_new_version_leave_the_base_measured(compared: tuple[GitRepository, Results]) -> None:
    _, results = compared
    head = next(number for number, one in enumerate(results.arms) if one.side == "head")
    samples = tuple(replace(x, error="timed out", scores={}) if x.arm == head else x for x in results.samples)
    broken = replace(results, samples=samples)
    assert scorecards(broken) == []
    [card] = base_scorecards(broken)
    assert [one.n for one in card.criteria] == [3]


def test_the_same_text_on_both_sides_is_one_version(compared: tuple[GitRepository, Results]) -> None:
    _, results = compared
    same = tuple(replace(one, prompt_digest=results.arms[0].prompt_digest) for one in results.arms)
    assert base_scorecards(replace(results, arms=same)) == []


def test_the_base_keeps_the_name_it_had(compared: tuple[GitRepository, Results]) -> None:
    _, results = compared
    [card] = base_scorecards(replace(results, former_prompt="hello"))
    assert card.prompt == "hello"


def test_gates_were_not_checked_for_it_so_it_is_not_evaluated_for_a_pin(
    compared: tuple[GitRepository, Results],
) -> None:
    repo, _ = compared
    noted(repo)
    [_], [base] = cards_of(repo)
    repository = Repository(repo.root)
    assert last_evaluations(workspace_at(repo.root), {base.digest}, repository) == {base.digest: ()}
    assert [*find_scorecards(repository, {base.digest})] == []
    assert note_results(workspace_at(repo.root), drift=True).drifts == ()


def test_a_base_line_is_read_strictly_and_by_nobody_who_does_not_know_it(
    compared: tuple[GitRepository, Results],
) -> None:
    _, results = compared
    [card] = base_scorecards(results)
    data = json.loads(dump_line(card))
    assert read_line(json.dumps(data)) == card
    assert read_line(json.dumps(data | {"base_of": ""})) is None
    assert read_line(json.dumps(data | {"base_of": 1})) is None
    gate = {"criterion": "x", "rule": "at least 75%", "status": "passed"}
    assert read_line(json.dumps(data | {"gates": [gate]})) is None
    # A line of the older format cannot claim to be one: its gates would be looked for.
    [head] = scorecards(results)
    told = read_line(json.dumps(json.loads(dump_line(head)) | {"base_of": "9be03d7"}))
    assert told is not None
    assert told.base_of == ""
