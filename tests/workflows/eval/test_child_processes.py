"""However many suites a command has, it starts as many processes as for one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from promptops.evals.evaluators.base import output_digest
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from promptops.workflows.eval.run_suites import run_suites
from promptops.workflows.eval.suite_session import SuiteRun
from tests.conftest import GitRepository
from tests.workflows.scene import answering, files_for, workspace_at

SUITE = """
prompt: greet
testData: [{id: ada, who: Ada}]
evaluators:
  - {name: says the name, string: {matches: 'A.a$'}}
  - {name: is short, string: {matches: '^.{1,99}$'}}
  - {name: sounds kind, human: {question: Kind?}}
"""
LABEL = '{{"case": "ada", "output": "{}", "criterion": "sounds kind", "verdict": "pass", "who": "@ada"}}\n'


def started(root: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many processes a command on all suites started, and how many criteria passed."""
    count, passed = 0, 0
    begin = subprocess.Popen.__init__

    def counted(self: Any, *args: Any, **options: Any) -> None:
        nonlocal count
        count += 1
        begin(self, *args, **options)

    def tell(suite: SuiteRun, results: Any) -> None:
        nonlocal passed
        passed += sum(bool(score.passed) for sample in results.samples for score in sample.scores.values())

    with monkeypatch.context() as patched:
        patched.setattr(subprocess.Popen, "__init__", counted)
        workspace = workspace_at(root)
        suites = [SuiteRun(one, out / one.plan.suite.id) for one in prepare(workspace, EvalChoice())]
        run_suites(workspace, suites, finish=lambda suite, results: results, tell=tell)
    return count, passed


def test_patterns_and_people_s_labels_take_the_same_processes_for_one_suite_and_for_six(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(lambda text, count: "Hello Ada") as endpoint:
        repo = GitRepository(tmp_path / "p")
        label = LABEL.format(output_digest("Hello Ada"))
        repo.commit(files_for(endpoint.url) | {"evals/greet.eval.yml": SUITE, "evals/labels/greet.jsonl": label})
        one, passed = started(repo.root, tmp_path / "one", monkeypatch)
        assert passed == 3
        assert one > 1
        for name in "abcde":
            repo.commit({f"evals/{name}.eval.yml": SUITE, f"evals/labels/{name}.jsonl": label})
        shutil.rmtree(repo.root / ".promptops")  # of one that is there git is asked whether a commit brought it
        six, passed = started(repo.root, tmp_path / "six", monkeypatch)
    assert passed == 18
    assert six <= one
