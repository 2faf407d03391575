"""Every kind of evaluator, and the one place that says what passed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from promptops.errors import PromptError, PromptopsError, RunStopped
from promptops.evals.evaluators import (
    cost,
    human,
    json_path,
    json_schema,
    judge,
    latency,
    length,
    llm,
    python_check,
    string,
    tokens,
    tool,
    uses,
)
from promptops.evals.evaluators.base import Builder, Closable, Evaluator, Services, Subject
from promptops.model.score import Score
from promptops.model.suite import Criterion

BUILDERS: dict[str, Builder] = {
    "string": string.build,
    "json": json_path.build,
    "schema": json_schema.build,
    "length": length.build,
    "tool": tool.build,
    "latency": latency.build,
    "cost": cost.build,
    "tokens": tokens.build,
    "python": python_check.build,
    "judge": judge.build,
    "llm": llm.build,
    "human": human.build,
    "uses": uses.build,
}


def build_all(criteria: Iterable[Criterion], services: Services) -> dict[str, Evaluator]:
    """Criterion's name → its evaluator. PromptError for options that make no sense together."""
    return {criterion.name: _build(criterion, services) for criterion in criteria}


def _build(criterion: Criterion, services: Services) -> Evaluator:
    builder = BUILDERS.get(criterion.kind)
    if builder is None:
        known = ", ".join(BUILDERS)
        where = f"evaluator '{criterion.name}'"
        raise PromptError(f"'{criterion.kind}' is no kind of evaluator", where=where, hint=f"use one of: {known}")
    return builder(criterion, services)


async def evaluate(evaluator: Evaluator, criterion: Criterion, subject: Subject) -> Score:
    """The score with `passed` set: a value of at least the threshold; for GitHub's `llm`, above 0.

    A PromptopsError becomes an error score, and so does a value outside [0, 1]. RunStopped passes through: it is about
    the run, not about this reply.
    """
    try:
        score = await evaluator.score(subject)
    except RunStopped:
        raise
    except PromptopsError as exc:
        return Score.error(f"{exc}. {exc.hint}" if exc.hint else str(exc))
    if score.status != "scored":
        return replace(score, value=None, passed=None)
    value = score.value
    if value is None or not 0 <= value <= 1:  # NaN is not between either
        return Score.error(f"the score is {value}, not between 0 and 1")
    return replace(score, passed=value > 0 if criterion.kind == "llm" else value >= criterion.threshold)


async def close_all(evaluators: Iterable[Evaluator]) -> None:
    """End the processes of evaluators that have some; every one gets its chance, then the first error is raised."""
    closing = [evaluator.close() for evaluator in evaluators if isinstance(evaluator, Closable)]
    for result in await asyncio.gather(*closing, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
