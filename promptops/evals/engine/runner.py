"""Runs a plan: many units in flight, each rendered text asked, scored and turned into a sample."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from promptops.errors import ProviderError, RunStopped
from promptops.evals import reply_scoring
from promptops.evals.engine.budget import CallTally
from promptops.evals.engine.dispatch import Dispatcher, PricedReply
from promptops.evals.engine.pair_order import PlacedUnit, in_drawn_order
from promptops.evals.engine.services import RunServices
from promptops.evals.engine.shared_processes import SharedProcesses
from promptops.evals.evaluators.base import Evaluator, Subject
from promptops.evals.plan import Plan, Unit
from promptops.model.results import Sample
from promptops.model.score import Score
from promptops.model.suite import Criterion
from promptops.text.key_mask import NO_KEYS, KeyMask, Masked

MOST_WORKERS = 1000
BATCH = 100
"""So many units are rendered, and looked up in the cache, at a time."""
_LONGEST_ERROR = 1_000
"""Characters of an evaluator's error that are kept."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is: units done of all, dollars spent so far, samples that ended in an error.

    `failure` is the first failure of a model in words, told once, when it happens.
    """

    done: int
    total: int
    cost: float
    errors: int
    cached: int
    failure: str = ""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """All samples in the plan's order; `stopped` says why some are missing, `notes` how the models behaved."""

    samples: tuple[Sample, ...] = field(repr=False)  # asyncio.run makes a text of its task, and throws it away
    tally: CallTally
    judgements: int
    stopped: str = ""
    notes: tuple[str, ...] = ()


ProgressListener = Callable[[RunProgress], None]


async def run(
    plan: Plan,
    dispatcher: Dispatcher,
    listener: ProgressListener | None = None,
    mask: KeyMask = NO_KEYS,
    processes: SharedProcesses | None = None,
) -> RunOutcome:
    """Ask, score and collect. Errors of a call or a judge belong to their sample; only RunStopped ends the run.

    `mask` takes keys out of all that is told. `processes` are those that the suites of a command share.
    """
    own = SharedProcesses()
    services = RunServices(plan, dispatcher, processes or own)
    evaluators = reply_scoring.build_all(plan.suite.criteria, services)
    samples: dict[int, Sample] = {}
    worker = _RunWorker(plan, dispatcher, evaluators, _Feed(plan, dispatcher), samples, listener, mask)
    dispatcher.on_failure = worker.tell
    try:
        # Enough workers to keep every model busy; each model's own limit is kept by the dispatcher.
        in_flight = sum(target.spec.limits.concurrency for target in plan.targets.values()) + 1
        count = min(MOST_WORKERS, plan.size, in_flight)
        results = await asyncio.gather(*(worker.work() for _ in range(count)), return_exceptions=True)
    finally:
        await reply_scoring.close_all(evaluators.values())
        await own.close()
        await dispatcher.close()
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, RunStopped):
            raise result
    ordered = tuple(samples[index] for index in sorted(samples))
    notes = tuple(mask(note) for note in (*dispatcher.notes, *services.notices))
    return RunOutcome(ordered, dispatcher.tally, services.judgements, mask(dispatcher.stop.reason), notes)


class _Feed:
    """Hands the plan's units out, rendered a batch at a time, so that the first call waits for no other batch.

    Base and head of a pair come in an order drawn by chance.
    """

    def __init__(self, plan: Plan, dispatcher: Dispatcher) -> None:
        self._units = in_drawn_order(plan.units, plan.arms, plan.digest)
        self._may_wait = any(filling.may_wait for filling in plan.fillings.values())
        self._dispatcher = dispatcher
        self._ready: deque[PlacedUnit] = deque()
        self._ended = False
        self._lock = asyncio.Lock()

    async def take(self) -> PlacedUnit | None:
        """The next unit to ask, None when there is none left."""
        async with self._lock:
            if not self._ready and not self._ended:
                await self._refill()
            return self._ready.popleft() if self._ready else None

    async def _refill(self) -> None:
        while len(self._ready) < BATCH and (item := await self._next()) is not None:
            self._ready.append(item)
        self._ended = len(self._ready) < BATCH
        self._dispatcher.look_up({unit.key: unit.request for _, unit in self._ready if unit.request is not None})

    async def _next(self) -> PlacedUnit | None:
        if self._may_wait:  # such a template may take seconds, and no reply should wait for it
            return await asyncio.to_thread(next, self._units, None)
        return next(self._units, None)


@dataclass(slots=True)
class _RunWorker:
    plan: Plan
    dispatcher: Dispatcher
    evaluators: dict[str, Evaluator]
    feed: _Feed
    samples: dict[int, Sample]
    listener: ProgressListener | None
    mask: KeyMask
    errors: int = 0

    async def work(self) -> None:
        try:
            while (item := await self.feed.take()) is not None:
                index, unit = item
                self.samples[index] = sample = await self.sample(unit)
                self.errors += bool(sample.error)
                self.tell()
        except RunStopped:
            raise
        except Exception:
            self.dispatcher.stop.set("an error of ours")  # nobody should pay for the rest
            raise

    def tell(self, failure: str = "") -> None:
        if self.listener is not None:
            tally, done = self.dispatcher.tally, len(self.samples)
            self.listener(RunProgress(done, self.plan.size, tally.cost, self.errors, tally.cached, self.mask(failure)))

    async def sample(self, unit: Unit) -> Sample:
        if unit.request is None:
            return Sample(unit.case.id, unit.arm, unit.trial, error=self.mask(unit.problem))
        try:
            answer = await self.dispatcher.ask(unit.request, unit.key)
        except ProviderError as exc:
            return Sample(unit.case.id, unit.arm, unit.trial, error=self.mask(exc.with_hint), reply_key=unit.key)
        subject = Subject(answer.reply, unit.case, self.plan.prompt, answer.cost)
        scores = {
            criterion.name: await self._score(criterion, subject)
            for criterion in self.plan.suite.criteria
            if criterion.covers(unit.case)
        }
        return _sample(unit, answer, scores)

    async def _score(self, criterion: Criterion, subject: Subject) -> Score:
        """What the evaluator says, without keys; of an error, which may be any program's, no more than a paragraph."""
        score = await reply_scoring.evaluate(self.evaluators[criterion.name], criterion, subject)
        if not score.reason:
            return score
        reason = self.mask(score.reason)
        if score.status == "error" and len(reason) > _LONGEST_ERROR:
            reason = Masked(f"{reason[:_LONGEST_ERROR]}…")
        return score if reason == score.reason else replace(score, reason=reason)


def _sample(unit: Unit, answer: PricedReply, scores: dict[str, Score]) -> Sample:
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
        asked=reply.asked if answer.cached else "",
        reasoning=reply.reasoning,
        reasoning_tokens=reply.usage.reasoning_tokens,
        cached_input_tokens=reply.usage.cached_input_tokens,
    )
