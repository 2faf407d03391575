"""What an older version wrote is read: `tests/fixtures/v0_1` holds everything that promptops 0.1 left on disk.

Nothing listens at the addresses in it, so whatever is answered here is answered by what was kept.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from promptops import Prompts
from promptops.cli.main import cli
from promptops.report.comment.check_json import load_check

OLDER = Path(__file__).parent / "fixtures" / "v0_1"
EXPECTED = json.loads((OLDER / "expected.json").read_bytes())
RUNS = sorted(path.parent for path in (OLDER / "state").rglob("results.json"))
REPLIES, KEPT_REPLIES = 20, 18
"""Ten cases for two versions; of these the interrupted run had written down."""

Run = Callable[..., str]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project with its notes, as a clone has it; the current folder."""
    root = tmp_path / "project"
    for command in (
        ["clone", "--quiet", "--branch=main", str(OLDER / "repository.bundle"), str(root)],
        ["-C", str(root), "fetch", "--quiet", "origin", "refs/notes/*:refs/notes/*"],
    ):
        subprocess.run(["git", *command], check=True)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def used(root: Path) -> Path:
    """The project on the machine where all was evaluated."""
    shutil.copytree(OLDER / "state", root / ".promptops")
    return root


@pytest.fixture
def run() -> Run:
    """`run("eval", …)`: what the command prints; it ends with 0."""

    def command(*arguments: str) -> str:
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    return command


def results_in(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "results.json").read_bytes())
    return found


def answers(results: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (one["case"], one["arm"], one["text"], {name: score["passed"] for name, score in one["scores"].items()})
        for one in results["samples"]
    ]


def only_grew(old: object, new: object) -> bool:
    """Whether all that was said is said still, and at most keys came to it."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(key == "format" or (key in new and only_grew(value, new[key])) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(only_grew, old, new))
    return old == new


def last_answers() -> list[tuple[Any, ...]]:
    """What the last run of `reply` said before, labels included."""
    return answers(results_in([path for path in RUNS if path.name.endswith("-reply")][-1]))


def served(prompts: Prompts) -> list[dict[str, Any]]:
    """What is served to those of `EXPECTED`, in its form."""
    found = []
    for one in EXPECTED["served"]:
        call = prompts.get(one["prompt"], key=one["key"]).render(**one["values"])
        version = {"commit": call.version.commit, "digest": call.version.digest}
        found.append({**one, **version, "request": call.openai()})
    return found


def test_there_is_something_of_everything() -> None:
    assert len(RUNS) == 5
    both = {one["commit"] for one in EXPECTED["served"] if one["prompt"] == "reply"}
    assert len(both) == 2, "the rollout serves two versions"


@pytest.mark.parametrize("folder", RUNS, ids=lambda path: path.name)
def test_results_are_reported_as_they_were(folder: Path, root: Path, run: Run) -> None:
    old = results_in(folder)
    assert only_grew(old, json.loads(run("report", str(folder), "--format", "json")))
    for form in ("text", "markdown", "html", "junit"):
        told = run("report", str(folder), "--format", form)
        assert all(info["name"] in told for info in old["criteria"])


def test_what_a_check_said_is_read() -> None:
    said = load_check((OLDER / "state/check/check.json").read_bytes())
    assert said.looked_at == "2 problems and 1 note in 2 prompts and 2 suites (1 can be fixed)"
    assert [(place.path, place.line, place.code) for place in said.problems] == [
        ("evals/reply.eval.yml", 11, "P402"),
        ("prompts/reply.prompt.yml", 13, "P201"),
    ]
    assert said.missed == ()


def test_the_cache_answers_without_a_call(used: Path, run: Run) -> None:
    run("eval", "reply", "--base", "first", "--out", "out")
    results = results_in(used / "out/reply")
    assert [sample["cached"] for sample in results["samples"]] == [True] * REPLIES
    assert answers(results) == last_answers()
    assert (results["cost"], results["calls"]["called"]) == (0, 0)
    retried = {sample["case"] for sample in results["samples"] if sample["attempts"] == 2}
    assert retried == {"eve"}


def test_labels_and_an_accepted_gate_count(used: Path, run: Run) -> None:
    run("eval", "reply", "--base", "first", "--out", "out")
    results = results_in(used / "out/reply")
    (gate,) = (gate for gate in results["gates"] if gate["criterion"] == "would be sent")
    assert (gate["status"], gate["blocks"]) == ("undecided", False)
    assert gate["accepted"] == "@ada: only four were asked"
    judged = {one[0]: one[3]["would be sent"] for one in answers(results) if results["arms"][one[1]]["side"] == "head"}
    assert judged == {case: True if case in ("bob", "cem", "dan") else None for case in judged}
    assert len(judged) == 10


def test_an_interrupted_run_is_gone_on_with(used: Path, run: Run) -> None:
    folder = used / ".promptops/results/20261130-235959-reply"
    folder.mkdir()
    shutil.copy(OLDER / "interrupted.jsonl", folder / "journal.jsonl")
    run("eval", "reply", "--base", "first", "--resume")
    results = results_in(folder)
    assert [sample["cached"] for sample in results["samples"]] == [False] * KEPT_REPLIES + [True, True]
    assert answers(results) == last_answers()


def test_a_journal_feeds_the_cache(root: Path, run: Run) -> None:
    (root / "out").mkdir()
    shutil.copy(OLDER / "interrupted.jsonl", root / "out/journal.jsonl")
    run("eval", "reply", "--base", "first", "--out", "out")
    samples = results_in(root / "out")["samples"]
    assert [sample["cached"] for sample in samples] == [True] * KEPT_REPLIES + [False] * 2
    assert [bool(sample["error"]) for sample in samples] == [False] * KEPT_REPLIES + [True] * 2


def test_the_cassette_answers(root: Path, run: Run) -> None:
    run("eval", "order", "--out", "out")
    results = results_in(root / "out/order")
    assert [call["arguments"] for sample in results["samples"] for call in sample["tool_calls"]] == [
        '{"seats": 2}',
        '{"seats": 4}',
        '{"seats": 6}',
    ]
    assert all(passed for one in answers(results) for passed in one[3].values())


def test_history_reads_the_notes(root: Path, run: Run) -> None:
    newest, oldest = json.loads(run("history", "reply", "--format", "json"))["versions"]
    assert (newest["pullRequest"], oldest["pullRequest"]) == (2, 1)
    first, last = [card for card in newest["scorecards"] if card["notedAt"]][::-1]
    assert [each["name"] for each in first["criteria"]] == ["names the customer", "is kind", "short"]
    assert first["costPer1000"] == 0.123
    rates = {each["name"]: (each["n"], each["rate"]) for each in last["criteria"]}
    assert rates["is kind"] == (10, 1.0)
    assert rates["would be sent"] == (3, 1.0)
    assert [gate["status"] for gate in last["gates"]] == ["passed", "passed", "undecided", "passed"]
    assert newest["served"] == [{"environment": "prod", "percent": 30}]


def test_pins_hold(root: Path, run: Run) -> None:
    run("verify", "prod")
    with Prompts.from_git(root, env="prod", refresh=None, cache=root.parent / "cache") as prompts:
        assert prompts.status().fresh
        assert served(prompts) == EXPECTED["served"]


def test_the_same_pins_give_the_same_bundle(root: Path, run: Run) -> None:
    run("bundle", "--env", "prod", "--out", "prod.bundle")
    assert (root / "prod.bundle").read_bytes() == (OLDER / "prod.bundle").read_bytes()


def test_a_bundle_serves_the_same_text() -> None:
    assert served(Prompts.from_bundle(OLDER / "prod.bundle")) == EXPECTED["served"]


def test_the_copy_on_disk_is_served_when_the_repository_is_gone(tmp_path: Path) -> None:
    shutil.copytree(OLDER / "served", tmp_path / "served")
    (kept,) = (tmp_path / "served").iterdir()
    os.utime(kept, (0, 0))
    with Prompts.from_git(EXPECTED["address"], env="prod", refresh=None, cache=tmp_path) as prompts:
        status = prompts.status()
        assert not status.fresh
        assert status.age is not None
        assert status.age > 10**9
        assert served(prompts) == EXPECTED["served"]
