"""Results of real runs become notes, and notes become scorecards again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from promptops.errors import StoreError
from promptops.model.results import CriterionComparison, GateResult
from promptops.source.git.notes import add_note_lines, read_notes
from promptops.source.git.repository import Repository
from promptops.store.results_file import parse_results, serialize_results
from promptops.workflows.eval.save_results import save_results
from promptops.workflows.notes.git_notes import NotedResults, note_results
from promptops.workflows.notes.note_format import FORMAT, ROOM, all_scorecards, dump_line, read_line
from promptops.workflows.notes.run_scorecards import scorecards
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.report.factory import comparison, unchanged
from tests.workflows.scene import POLITE, SUITE, Endpoint, evaluate, files_for, workspace_at

DIGEST = "sha256:" + "a" * 64
RUN = "https://github.com/acme/prompts/actions/runs/1"


@pytest.fixture
def repo(repository: RepositoryBuilder, endpoint: Endpoint) -> GitRepository:
    found = repository()
    found.commit(
        {**files_for(endpoint.url), "evals/greet.eval.yml": f"{SUITE}gates: {{says the name: {{atLeast: 0.2}}}}\n"}
    )
    return found


def kept(repo: GitRepository, name: str = "one", **choice: str) -> Path:
    """Evaluate and keep the results, as `promptops eval` does."""
    space, folder = workspace_at(repo.root), repo.root / ".promptops/results" / name
    save_results(space, folder, evaluate(space, out=folder, **choice))
    return folder


def noted(repo: GitRepository, *folders: Path, **choice: str) -> NotedResults:
    return note_results(workspace_at(repo.root), folders, run=RUN, **choice)  # type: ignore[arg-type]


def lines(repo: GitRepository) -> dict[str, list[str]]:
    return {commit: data.decode().splitlines() for commit, data in read_notes(Repository(repo.root))}


def test_a_run_is_noted_at_the_commit_it_evaluated(repo: GitRepository) -> None:
    folder = kept(repo)
    found = noted(repo, folder)
    head = repo.git("rev-parse", "HEAD")
    assert found == NotedResults(1, (head,))
    [line] = lines(repo)[head]
    card = read_line(line, head)
    assert card is not None
    results = parse_results((folder / "results.json").read_bytes())
    assert (card.suite, card.prompt, card.model, card.full_model) == ("greet", "greet", "small", "openai/m")
    assert (card.digest, card.suite_digest) == (results.arms[0].prompt_digest, results.suite_digest)
    assert [(one.name, one.n, one.rate) for one in card.criteria] == [("says the name", 3, 1.0)]
    assert [(gate.criterion, gate.status) for gate in card.gates] == [("says the name", "passed")]
    assert (card.run, card.when, card.commit) == (RUN, results.started, head)
    assert card.cost is not None
    assert len(line) < ROOM


def test_no_reply_and_no_text_of_a_case_travels(repo: GitRepository) -> None:
    noted(repo, kept(repo))
    text = str(lines(repo))
    assert "You said" not in text
    assert "Ada" not in text
    assert "Greet" not in text


def test_by_default_all_runs_with_digests_the_project_are_noted_each_once(repo: GitRepository) -> None:
    kept(repo, "one")
    first = repo.git("rev-parse", "HEAD")
    second = repo.commit({"prompts/greet.prompt.yml": POLITE})
    kept(repo, "two")
    assert set(noted(repo).commits) == {first, second}
    before = lines(repo)
    noted(repo)
    assert lines(repo) == before


def test_what_is_in_no_commit_is_not_noted(repo: GitRepository) -> None:
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
    found = noted(repo, kept(repo))
    assert found.commits == ()
    assert "not committed as they were evaluated" in found.passed_over[0]


def test_results_of_another_repository_or_that_cannot_be_read_are_passed_over(repo: GitRepository) -> None:
    folder = repo.root / "runs"
    write_files(
        repo.root, {"runs/a/results.json": serialize_results(comparison()), "runs/b/results.json": "{", "runs/c/x": ""}
    )
    write_files(repo.root, {"runs/d/results.json": serialize_results(unchanged())})
    found = noted(repo, folder)
    assert found.commits == ()
    assert len(found.passed_over) == 3
    assert "is not in this repository" in found.passed_over[0]


def test_a_folder_without_results_is_told(repo: GitRepository) -> None:
    with pytest.raises(StoreError, match="there are no results here"):
        noted(repo, repo.root / "evals")


def test_notes_reach_the_remote_and_another_clone(repo: GitRepository, tmp_path: Path) -> None:
    bare = GitRepository(tmp_path / "remote.git", "--bare")
    repo.git("remote", "add", "origin", f"file://{bare.root}")
    repo.git("push", "--quiet", "origin", "HEAD:main")
    folder = kept(repo)
    assert noted(repo, folder, remote="origin").pushed
    repo.git("clone", "--quiet", "--branch=main", f"file://{bare.root}", str(tmp_path / "clone"))
    clone = GitRepository(tmp_path / "clone")
    digest = parse_results((folder / "results.json").read_bytes()).arms[0].prompt_digest
    assert all_scorecards(workspace_at(clone.root), Repository(clone.root), {digest}) == ({digest: ()}, ())
    clone.git("fetch", "--quiet", "origin", "refs/notes/promptops:refs/notes/promptops")
    [card] = all_scorecards(workspace_at(clone.root), Repository(clone.root), {digest})[0][digest]
    assert card.commit == repo.git("rev-parse", "HEAD")


def test_a_run_that_is_here_and_noted_counts_once(repo: GitRepository) -> None:
    folder = kept(repo)
    noted(repo, folder)
    digest = parse_results((folder / "results.json").read_bytes()).arms[0].prompt_digest
    [card] = all_scorecards(workspace_at(repo.root), Repository(repo.root), {digest})[0][digest]
    assert card.commit


# Lines


def card_with(count: int) -> str:
    """A line of a run with so many criteria, two of them with gates."""
    results = comparison()
    rate = results.comparisons[0].criteria[0].head
    criteria = tuple(CriterionComparison(f"criterion number {n}", None, rate) for n in range(count))
    gates = tuple(GateResult(f"criterion number {n}", "at least 75%", "passed") for n in (0, count - 1))
    arms = (replace(results.arms[1], prompt_digest=DIGEST),)
    samples = tuple(replace(sample, arm=0) for sample in results.samples if sample.arm == 1)
    changed = replace(results.comparisons[0], criteria=criteria)
    [card] = scorecards(replace(results, arms=arms, samples=samples, comparisons=(changed,), gates=gates), RUN)
    return dump_line(card)


def test_a_line_stays_small_and_keeps_what_has_a_gate() -> None:
    line = card_with(60)
    card = read_line(line)
    assert card is not None
    assert len(line) <= ROOM
    assert {"criterion number 0", "criterion number 59"} <= {one.name for one in card.criteria}
    assert len(card.criteria) + card.left_out == 60
    assert len(card.gates) == 2


def test_what_was_written_is_read_again() -> None:
    results = comparison()
    arms = tuple(replace(arm, prompt_digest=DIGEST) for arm in results.arms)
    [card] = scorecards(replace(results, arms=arms), RUN)
    assert read_line(dump_line(card)) == card._replace(left_out=0)
    assert dump_line(card) == dump_line(card)


def test_a_model_that_is_free_is_not_unknown() -> None:
    results = comparison()
    arms = tuple(replace(arm, prompt_digest=DIGEST) for arm in results.arms)
    [card] = scorecards(replace(results, arms=arms), RUN)
    for cost in (0.0, None):
        found = read_line(dump_line(card._replace(cost=cost)))
        assert found is not None
        assert found.cost == cost


BAD = {
    "another format": {"format": "promptops-note/2"},
    "no digest": {"digest": "sha256:1"},
    "a rate above one": {"criteria": [{"name": "x", "n": 1, "rate": 1.5}]},
    "a rate beside its interval": {"criteria": [{"name": "x", "n": 1, "rate": 0.5, "low": 0.6, "high": 0.7}]},
    "no rate": {"criteria": [{"name": "x", "n": 1}]},
    "a number that is text": {"cost": "1"},
    "a truth": {"cost": True},
    "infinity": {"cost": float("inf")},
    "no number": {"latency": float("nan")},
    "below zero": {"criteria": [{"name": "x", "n": -1, "rate": 0.5}]},
    "a verdict nobody knows": {"criteria": [{"name": "x", "n": 1, "rate": 0.5, "verdict": "great"}]},
    "a status nobody knows": {"gates": [{"criterion": "x", "status": "fine"}]},
    "no list": {"criteria": {"x": 1}},
    "a list of texts": {"gates": ["x"]},
    "too many": {"criteria": [{"name": "x", "n": 1, "rate": 0.5}] * 201},
    "too long": {"suite": "x" * 301},
    "no suite": {"suite": ""},
    "no time": {"when": "yesterday"},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_a_line_out_of_bounds_counts_for_nothing(changes: dict[str, object]) -> None:
    data = json.loads(card_with(3))
    assert read_line(json.dumps(data)) is not None
    assert read_line(json.dumps(data | changes)) is None


@pytest.mark.parametrize(
    "line", ["", "[]", "null", "{", "[" * 30_000, '{"format": 1}', "9" * 5000, "x" * 40_000, b"\xff"]
)
def test_whatever_else_somebody_pushed_counts_for_nothing(line: str | bytes) -> None:
    assert read_line(line) is None


def test_an_address_that_is_none_is_left_out() -> None:
    data = json.loads(card_with(3))
    for run in ("javascript:alert(1)", "https://a b", "file:///etc/passwd"):
        card = read_line(json.dumps(data | {"run": run}))
        assert card is not None
        assert card.run == ""


def test_lines_of_an_unknown_version_are_kept_and_passed_over(repo: GitRepository) -> None:
    folder, head = kept(repo), repo.git("rev-parse", "HEAD")
    digest = parse_results((folder / "results.json").read_bytes()).arms[0].prompt_digest
    other = f'{{"digest":"{digest}","format":"promptops-note/9"}}'
    add_note_lines(Repository(repo.root), {head: [other, "hand-written: looks good"]})
    noted(repo, folder)
    assert {other, "hand-written: looks good"} < set(lines(repo)[head])
    [card] = all_scorecards(workspace_at(repo.root), Repository(repo.root), {digest})[0][digest]
    assert FORMAT in dump_line(card)
