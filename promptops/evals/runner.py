"""Runs a plan: many units in flight, each rendered text asked, scored and turned into a sample."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from promptops.errors import PromptopsError, ProviderError
from promptops.evals import registry
from promptops.evals.caller import Answer, Caller, RunStopped, Tally
from promptops.evals.evaluators.base import Evaluator, Subject
from promptops.evals.plan import Plan, Unit
from promptops.evals.services import RunServices
from promptops.model.results import Sample
from promptops.model.score import Score
from promptops.model.suite import Criterion

MOST_WORKERS = 1000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: units done of all, dollars spent so far, samples that ended in an error."""

    done: int
    total: int
    cost: float
    errors: int
    cached: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """All samples in the plan's order; `stopped` says why some are missing."""

    samples: tuple[Sample, ...]
    tally: Tally
    judgements: int
    stopped: str = ""


Watcher = Callable[[Progress], None]


async def run(plan: Plan, caller: Caller, watch: Watcher | None = None) -> Outcome:
    """Ask, score and collect. Errors of a call or a judge belong to their sample; only RunStopped ends the run."""
    services = RunServices(plan, caller)
    evaluators = registry.build_all(plan.suite.criteria, services)
    caller.preload([unit.key for unit in plan.units if unit.request is not None])
    samples: dict[int, Sample] = {}
    queue = iter(enumerate(plan.units))
    state = _State(plan, caller, evaluators, samples, queue, watch)
    try:
        workers = min(MOST_WORKERS, len(plan.units), _in_flight(plan))
        results = await asyncio.gather(*(state.work() for _ in range(workers)), return_exceptions=True)
    finally:
        await registry.close_all(evaluators.values())
        await caller.close()
    # A bug of ours cancels whoever waits for the same reply: the bug is what to show.
    broken = [r for r in results if isinstance(r, BaseException) and not isinstance(r, RunStopped)]
    for result in sorted(broken, key=lambda error: isinstance(error, asyncio.CancelledError)):
        raise result
    ordered = tuple(samples[index] for index in sorted(samples))
    return Outcome(ordered, caller.tally, services.judgements, caller.stopped)


def _in_flight(plan: Plan) -> int:
    """Enough workers to keep every model busy; each model's own limit is kept by the caller."""
    return sum(target.spec.limits.concurrency for target in plan.specs.values()) + 1


@dataclass(slots=True)
class _State:
    plan: Plan
    caller: Caller
    evaluators: dict[str, Evaluator]
    samples: dict[int, Sample]
    queue: Iterator[tuple[int, Unit]]
    watch: Watcher | None
    errors: int = 0

    async def work(self) -> None:
        for index, unit in self.queue:
            try:
                sample = await self.sample(unit)
            except RunStopped:
                raise
            except Exception:
                self.caller.stop("an error of ours")  # nobody should pay for the rest
                raise
            self.samples[index] = sample
            self.errors += bool(sample.error)
            if self.watch is not None:
                tally = self.caller.tally
                self.watch(Progress(len(self.samples), len(self.plan.units), tally.cost, self.errors, tally.cached))

    async def sample(self, unit: Unit) -> Sample:
        if unit.request is None:
            return Sample(unit.case.id, unit.arm, unit.trial, error=unit.problem)
        try:
            answer = await self.caller.call(unit.request, unit.key)
        except RunStopped:
            raise
        except ProviderError as exc:
            return Sample(unit.case.id, unit.arm, unit.trial, error=_described(exc), reply_key=unit.key)
        scores = {}
        for criterion in self.plan.suite.criteria:
            if criterion.covers(unit.case):
                scores[criterion.name] = await self.score(criterion, unit, answer)
        return _sample(unit, answer, scores)

    async def score(self, criterion: Criterion, unit: Unit, answer: Answer) -> Score:
        # A reply out of the cache was not waited for now; its old latency says nothing about this run.
        reply = replace(answer.reply, latency=None) if answer.cached else answer.reply
        subject = Subject(reply, unit.case, self.plan.prompt, answer.cost)
        return await registry.evaluate(self.evaluators[criterion.name], criterion, subject)


def _described(exc: PromptopsError) -> str:
    return f"{exc}. {exc.hint}" if exc.hint else str(exc)


def _sample(unit: Unit, answer: Answer, scores: dict[str, Score]) -> Sample:
    reply = answer.reply
    return Sample(
        case=unit.case.id,
        arm=unit.arm,
        trial=unit.trial,
        text=reply.text,
        tool_calls=reply.tool_calls,
        input_tokens=reply.usage.input_tokens,
        output_tokens=reply.usage.output_tokens,
        cost=answer.cost,
        latency=reply.latency,
        finish_reason=reply.finish_reason,
        cached=answer.cached,
        attempts=reply.attempts,
        reply_key=unit.key,
        scores=scores,
    )
