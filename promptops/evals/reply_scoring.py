"""A suite's criteria as evaluators: made, asked about replies, closed. The one place that says what passed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from promptops.errors import PromptopsError, RunStopped
from promptops.evals.evaluators.base import Evaluator, Services, Subject
from promptops.evals.registry import build
from promptops.model.evaluator_kind import KindSpec
from promptops.model.score import Score
from promptops.model.suite import Criterion


def build_all(criteria: Iterable[Criterion], services: Services) -> dict[str, Evaluator]:
    """Criterion's name → its evaluator. PromptError for options that make no sense together."""
    return {criterion.name: build(criterion, services) for criterion in criteria}


async def evaluate(evaluator: Evaluator, criterion: Criterion, subject: Subject) -> Score:
    """The score with `passed` set, as the criterion's kind says what passes.

    A PromptopsError becomes an error score, and so does a value outside [0, 1]. RunStopped passes through: it is about
    the run, not about this reply.
    """
    try:
        score = await evaluator.score(subject)
    except RunStopped:
        raise
    except PromptopsError as exc:
        return Score.error(exc.with_hint)
    return decide(score, criterion.kind, criterion.threshold, negated=criterion.negated)


def decide(score: Score, kind: KindSpec, threshold: float, *, negated: bool) -> Score:
    """The score with `passed` set. Turned round where it is negated: 1 − value, and a reason for what now fails."""
    if score.status != "scored":
        return replace(score, value=None, passed=None)
    value = score.value
    if value is None or not 0 <= value <= 1:  # NaN is not between either
        return Score.error(f"the score is {value}, not between 0 and 1")
    passed = kind.passes(value, threshold)
    if not negated:
        return replace(score, passed=passed)
    return Score(1 - value, _should_not(score.reason) if passed else score.reason, not passed)


def _should_not(reason: str) -> str:
    """Why a negated criterion fails, from what its kind says of a reply that fits: `to contain 'sorry'`."""
    if reason.startswith("to "):
        return f"should not {reason.removeprefix('to ')}"
    return f"should not be so, but is{reason and f': {reason}'}"


async def close_all(evaluators: Iterable[Evaluator]) -> None:
    """End the processes of evaluators that have some; every one gets its chance, then the first error is raised."""
    for result in await asyncio.gather(*(evaluator.close() for evaluator in evaluators), return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
