"""A whole check in one word and one exit code: the gravest thing decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import pytest

from promptops.model.finding import START, Finding
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase
from promptops.model.results import GateResult, Results
from tests.report import factory

NO_BASE = ComparisonBase(None, "")


def _overall(word: Any) -> Results:
    whole = factory.comparison()
    return replace(whole, comparisons=(replace(whole.comparisons[0], overall=word),), gates=())


def _finding(severity: Any) -> Finding:
    return Finding(PurePosixPath("a"), START, "P101", "what", "do", severity)


def test_nothing_evaluated_is_nothing() -> None:
    assert (CheckResult(NO_BASE).verdict, CheckResult(NO_BASE).exit_code, CheckResult(NO_BASE).cost) == (
        "nothing",
        0,
        0,
    )


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["better", "unchanged"], "better"),
        (["better", "no difference shown"], "no-difference"),
        (["trade-off", "better"], "trade-off"),
        (["trade-off", "worse"], "worse"),
        (["first run", "unchanged"], "first-run"),
    ],
)
def test_of_several_suites_the_gravest_decides(words: list[str], verdict: str) -> None:
    found = CheckResult(NO_BASE, results=tuple(map(_overall, words)))
    assert (found.verdict, found.exit_code) == (verdict, 0)


def test_a_gate_that_fails_blocks_and_so_does_what_lint_finds_but_no_advice() -> None:
    gate = GateResult("names the owner", "≥ 75%", "failed", blocks=True)
    blocked = CheckResult(NO_BASE, results=(replace(_overall("better"), gates=(gate,)),))
    assert (blocked.verdict, blocked.exit_code) == ("blocked", 1)
    assert CheckResult(NO_BASE, (_finding("warning"),)).exit_code == 1
    assert CheckResult(NO_BASE, (_finding("note"),)).exit_code == 0


def test_what_could_not_be_done_weighs_most() -> None:
    found = CheckResult(NO_BASE, (_finding("error"),), problems=(CheckProblem("greet", "why"),))
    assert (found.verdict, found.exit_code) == ("error", 2)


def test_counts_and_cost_are_those_of_all_suites() -> None:
    one, two = replace(_overall("better"), cost=0.25), replace(_overall("worse"), cost=0.5)
    found = CheckResult(NO_BASE, (_finding("error"), _finding("warning"), _finding("note")), results=(one, two))
    counts = found.counts()
    assert (counts["errors"], counts["warnings"], counts["suites"]) == (1, 1, 2)
    assert counts["cases"] == len(one.cases) * 2
    assert found.cost == 0.75
    assert found._replace(results=(one, replace(two, cost=None))).cost is None
