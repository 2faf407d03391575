"""`promptops check`: the whole check of a change without any forge."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.store.check_file import parse_summary
from promptops.store.results_file import parse_results
from promptops.workflows.check import evaluate_suites
from tests.conftest import GitRepository, write_files
from tests.workflows.scene import GREET, POLITE, SUITE, Endpoint, files_for

Run = Callable[..., Result]
FAILING = SUITE.replace("contains: '{{ who }}'", "equals: nothing") + "gates: {says the name: {atLeast: 0.9}}\n"


@pytest.fixture
def repo(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A branch that changed one of two prompts, and the current folder in it."""
    repo = GitRepository(tmp_path / "work")
    other = {"prompts/other.prompt.yml": GREET, "evals/other.eval.yml": SUITE.replace("greet", "other")}
    repo.commit(files_for(endpoint.url) | other)
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({"prompts/greet.prompt.yml": POLITE})
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def run() -> Run:
    """`run("--base", "main")`: `promptops check --base main` in this process."""
    return lambda *args: CliRunner().invoke(cli, ["check", *args])


def test_it_lints_evaluates_what_the_change_reaches_and_leaves_results(
    run: Run, repo: GitRepository, endpoint: Endpoint
) -> None:
    done = run("--base", "main", "--out", "found")
    assert done.exit_code == 0, done.output
    assert "no problems in 2 prompts and 2 suites" in done.stdout
    assert "says the name" in done.stdout
    assert done.stdout.endswith("verdict: no-difference\n")
    assert "where this work left main" in done.stderr
    left = sorted(path.name for path in (repo.root / "found").iterdir())
    assert left == ["check.json", "greet", "index.html", "summary.json"]
    assert parse_results((repo.root / "found/greet/results.json").read_bytes()).suite == "greet"
    assert (repo.root / "found/greet/report.html").is_file()
    assert all("Greet" in text for text in endpoint.asked)
    assert len(endpoint.asked) == 6


def test_the_main_branch_is_the_base_that_nobody_needs_to_name(run: Run, repo: GitRepository) -> None:
    done = run()
    assert done.exit_code == 0, done.output
    assert "where this work left main" in done.stderr
    assert (repo.root / ".promptops/check/greet/results.json").is_file()
    assert repo.git("status", "--porcelain") == ""


def test_none_compares_with_nothing_and_evaluates_all(run: Run, repo: GitRepository) -> None:
    done = run("--base", "none")
    assert done.exit_code == 0, done.output
    assert "compared with nothing: a comparison was not asked for" in done.stdout
    assert {path.parent.name for path in repo.root.glob(".promptops/check/*/results.json")} == {"greet", "other"}


def test_a_base_that_is_not_there_is_2_before_anything_is_asked(
    run: Run, repo: GitRepository, endpoint: Endpoint
) -> None:
    assert run("--base", "nowhere").exit_code == 2
    assert endpoint.asked == []


def test_a_finding_is_1_and_stands_in_the_text(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE.replace("model: small", "model: small\nmodle: x")})
    done = run("--base", "main")
    assert done.exit_code == 1
    assert "prompts/greet.prompt.yml:3:1: P003 'modle' is not a key this file can have" in done.stdout
    assert done.stdout.endswith("verdict: blocked\n")


def test_a_gate_that_fails_is_1(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, {"evals/greet.eval.yml": FAILING})
    done = run("--base", "main")
    assert done.exit_code == 1
    assert "verdict: blocked" in done.stdout


def test_what_was_not_measured_is_2_and_never_looks_like_a_pass(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, {"evals/bad.eval.yml": "prompt: nobody\ntestData: [{who: Ada}]\nevaluators: []\n"})
    done = run("--base", "main")
    assert done.exit_code == 2
    assert "bad was not evaluated: " in done.stdout
    assert done.stdout.endswith("verdict: error\n")


def test_what_people_wrote_acts_on_no_terminal_and_no_runner(run: Run, repo: GitRepository) -> None:
    hostile = "::error::boo \x1b[31m\u202e"
    criteria = [{"name": "a", "string": {"contains": "a"}}]
    suite = json.dumps({"prompt": hostile, "testData": [{"who": "A"}], "evaluators": criteria})
    write_files(repo.root, {"evals/bad.eval.yml": suite})
    done = run("--base", "main")
    assert "boo" in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert not {"\x1b", "\u202e"} & {*done.output}


def test_a_check_that_was_cut_off_leaves_word_of_that(
    run: Run, repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("--base", "main").exit_code == 0

    def killed(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluate_suites, "run_suites", killed)
    assert run("--base", "main").exit_code == 130
    saved = parse_summary((repo.root / ".promptops/check/summary.json").read_bytes())
    assert [problem.why for problem in saved.check.problems] == ["the check did not run to its end"]
    assert saved.suites == ()


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_asked(
    run: Run, repo: GitRepository, endpoint: Endpoint
) -> None:
    done = run("--base", "main", "--out", "promptops.yml/found")
    assert done.exit_code == 2
    assert "name another folder: --out DIR" in done.stderr
    assert endpoint.asked == []
