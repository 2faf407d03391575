"""Suites, versions, runs and samples in a line each; replies come from the scripted provider that we ship."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from promptops.evals.arms import ModelTarget, PromptAtRevision
from promptops.evals.engine.dispatch import Dispatcher
from promptops.evals.engine.endpoints import Endpoints
from promptops.evals.engine.known_replies import KnownReplies
from promptops.evals.engine.runner import ProgressListener, RunOutcome, run
from promptops.evals.engine.spending_limit import SpendingLimit
from promptops.evals.plan import Plan, make_plan
from promptops.evals.registry import KINDS
from promptops.evals.results_builder import make_results
from promptops.evals.scoring_inputs import ScoringInputs
from promptops.model.chat.message_template import text_message
from promptops.model.config import Limits, ModelSpec
from promptops.model.label import Label
from promptops.model.model_call import Reply, Request, Usage
from promptops.model.prompt import Input, Prompt
from promptops.model.results import CriterionInfo, Results, Sample, Side
from promptops.model.revision import Revision
from promptops.model.score import Score
from promptops.model.suite import Case, Criterion, Gate, Suite
from promptops.providers.scripted import Answer, ScriptedProvider
from promptops.store.journal import Journal
from promptops.store.reply_cache import ReplyCache
from promptops.templating.closure import Closure
from tests.store.memory import MemoryReplyCache

LIMITS = Limits(concurrency=4, max_retries=2)
GOOD = '{"reason": "it does", "verdict": "yes"}'


def target(alias: str = "small", limits: Limits = LIMITS) -> ModelTarget:
    return ModelTarget(ModelSpec(alias, "openai", f"{alias}-1", limits=limits), f"https://{alias}.example")


def version(side: Side = "head", text: str = "Say {{ word }}", *names: str, **more: Any) -> PromptAtRevision:
    """A prompt of one user message; its inputs are `names`, or `word`."""
    inputs = tuple(Input(name) for name in names or ("word",))
    path = PurePosixPath("prompts/p.prompt.yml")
    prompt = Prompt("p", path, (text_message("user", text),), inputs=inputs, **more)
    commit = ("b" if side == "base" else "a") * 40
    return PromptAtRevision(side, Closure(prompt), Revision(commit))


def case(name: str, **fields: Any) -> Case:
    """A case whose input `word` is its name."""
    return Case(name, {"word": name, **fields})


CONTAINS = Criterion("repeats the word", KINDS["string"], {"contains": "{{ word }}"})
JUDGED = Criterion("is kind", KINDS["judge"], {"question": "Is it kind?"})


def suite(*cases: Case, criteria: Sequence[Criterion] = (CONTAINS,), **more: Any) -> Suite:
    return Suite("s", PurePosixPath("evals/s.eval.yml"), "p", cases or (case("a"),), tuple(criteria), **more)


def plan(
    of: Suite | None = None,
    head: PromptAtRevision | None = None,
    base: PromptAtRevision | None = None,
    models: Sequence[ModelTarget] = (),
    labels: tuple[Label, ...] = (),
    files: Mapping[str, str] | None = None,
    trials: int | None = None,
) -> Plan:
    """A plan with the judge `judge`."""
    return make_plan(
        of or suite(),
        head or version(),
        base,
        models or [target()],
        ScoringInputs("judge", {"judge": target("judge")}, labels=labels, files=files or {}),
        trials=trials,
    )


def content(request: Request) -> str:
    return request.messages[-1].text


def echo(request: Request) -> Answer:
    """The prompt itself, with two tokens in, one out and half a second; a judge that is content."""
    if request.model.alias == "judge":
        return Reply(GOOD, usage=Usage(2, 1), latency=0.5)
    return Reply(content(request), usage=Usage(2, 1), latency=0.5)


@dataclass(frozen=True)
class Ran:
    """A run and what is left of it."""

    plan: Plan
    outcome: RunOutcome
    dispatcher: Dispatcher
    provider: ScriptedProvider

    @property
    def samples(self) -> dict[tuple[str, int, int], Sample]:
        """(case, arm, trial) → sample."""
        return {(s.case, s.arm, s.trial): s for s in self.outcome.samples}

    @property
    def results(self) -> Results:
        return make_results(
            self.plan, self.outcome, started="2026-11-01T00:00:00+00:00", duration=1.5, command="c", version="0.1"
        )


def carry_out(
    what: Plan,
    script: Callable[[Request], Answer] = echo,
    *,
    cache: ReplyCache | None = None,
    watch: ProgressListener | None = None,
    price: Callable[[ModelSpec, Usage], float | None] = lambda spec, usage: (usage.output_tokens or 0) * 0.01,
    max_cost: float | None = None,
    journal: Journal | None = None,
    resumed: Mapping[str, Reply] = {},
) -> Ran:
    """The whole run; every model is the same scripted provider, and nobody really waits."""
    provider = ScriptedProvider(script)

    async def no_wait(seconds: float) -> None:
        await asyncio.sleep(0)

    replies = KnownReplies(cache or MemoryReplyCache(), journal, resumed)
    endpoints = Endpoints(lambda spec: provider, sleep=no_wait)
    budgets = () if max_cost is None else (SpendingLimit(max_cost),)
    dispatcher = Dispatcher(endpoints, price, replies, budgets=budgets)

    async def whole_run() -> RunOutcome:
        try:
            return await run(what, dispatcher, watch)
        finally:
            await endpoints.close()

    return Ran(what, asyncio.run(whole_run()), dispatcher, provider)


def info(name: str = "q", *, advisory: bool = False) -> CriterionInfo:
    return CriterionInfo(name, "string", advisory=advisory)


def gate(name: str = "q", **more: Any) -> Gate:
    return Gate(name, **more)


def samples(arm: int, *, q: str, trials: int = 1) -> list[Sample]:
    """`q="10e-w"`: case by case pass, fail, error, not asked, waiting; with trials, so many letters a case."""
    return answered(arm, {"q": q}, trials)


def answered(arm: int, answers: Mapping[str, str], trials: int = 1) -> list[Sample]:
    """The same for several criteria."""
    made = []
    for place in range(max(len(word) for word in answers.values())):
        scores = {name: SCORES[word[place]] for name, word in answers.items() if word[place] != "-"}
        made.append(Sample(f"c{place // trials:03}", arm, place % trials, scores=scores))
    return made


SCORES = {
    "1": Score(1.0, passed=True),
    "0": Score(0.0, passed=False),
    "e": Score.error("the judge answered in prose"),
    "w": Score.waiting("waiting for a person"),
}
