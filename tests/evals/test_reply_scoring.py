from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from promptops.errors import EvalError, RunStopped
from promptops.evals import reply_scoring
from promptops.evals.evaluators.base import Evaluator, Subject
from promptops.evals.registry import KINDS
from promptops.model.model_call import Reply
from promptops.model.score import Score
from promptops.model.suite import Case, Criterion
from tests.evals.evaluators.fakes import FakeServices, criterion, prompt

SUBJECT = Subject(Reply("x"), Case("c", {}), prompt())


@dataclass
class Fixed:
    """Gives a score, or raises."""

    result: Score | Exception
    closed: list[str] = field(default_factory=list)

    @property
    def evaluator(self) -> Evaluator:
        return Evaluator(self.score, self.close)

    async def score(self, subject: Subject) -> Score:
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    async def close(self) -> None:
        if isinstance(self.result, Exception):
            self.closed.append("tried")
            raise self.result
        await asyncio.sleep(0.01)
        self.closed.append("closed")


def evaluated(result: Score | Exception, kind: str = "string", threshold: float = 1.0) -> Score:
    return asyncio.run(reply_scoring.evaluate(Fixed(result).evaluator, criterion(kind, {}, threshold), SUBJECT))


def test_build_all_keeps_names_and_order() -> None:
    criteria = [Criterion("b", KINDS["string"], {"contains": "x"}), Criterion("a", KINDS["length"], {"maxWords": 3})]
    assert list(reply_scoring.build_all(criteria, FakeServices())) == ["b", "a"]


@pytest.mark.parametrize(
    ("value", "threshold", "kind", "passed"),
    [
        (1.0, 1.0, "string", True),
        (0.999, 1.0, "string", False),
        (3 / 5, 0.6, "tool", True),
        (0.0, 0.0, "length", True),
        (0.01, 1.0, "llm", True),
        (0.0, 0.0, "llm", False),
    ],
)
def test_passed_is_set_from_the_threshold(value: float, threshold: float, kind: str, passed: bool) -> None:
    assert evaluated(Score(value, "why"), kind, threshold) == Score(value, "why", passed)


@pytest.mark.parametrize("value", [1.01, -0.01, float("nan"), float("inf"), None])
def test_case_23_a_value_out_of_range_is_an_error(value: float | None) -> None:
    result = evaluated(Score(value))
    assert (result.status, result.value, result.passed) == ("error", None, None)


def test_errors_and_waiting_never_pass_or_fail() -> None:
    assert evaluated(Score.error("no")) == Score(None, "no", None, "error")
    assert evaluated(Score.waiting("wait")) == Score(None, "wait", None, "waiting")
    assert evaluated(Score(1.0, "odd", True, "error")) == Score(None, "odd", None, "error")


def test_an_error_of_ours_becomes_an_error_score_with_its_hint() -> None:
    assert evaluated(EvalError("no model", hint="add one")) == Score.error("no model. add one")


def test_a_stopped_run_stops_and_a_bug_is_not_hidden() -> None:
    with pytest.raises(RunStopped):
        evaluated(RunStopped("the budget is spent"))
    with pytest.raises(ZeroDivisionError):
        evaluated(ZeroDivisionError())


def test_close_all_closes_everyone_even_when_one_cannot() -> None:
    bad, good = Fixed(EvalError("stuck")), Fixed(Score(1.0))
    with pytest.raises(EvalError, match="stuck"):
        asyncio.run(reply_scoring.close_all([bad.evaluator, good.evaluator]))
    assert (bad.closed, good.closed) == (["tried"], ["closed"])
