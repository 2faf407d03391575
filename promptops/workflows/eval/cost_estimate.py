"""What a run is likely to cost, before anything is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from promptops.evals.arms import ModelTarget
from promptops.evals.plan import Plan, Unit
from promptops.model.chat.parameters import judge_parameters, token_limit
from promptops.model.chat.token_estimate import estimate_message_tokens, estimate_tokens
from promptops.model.config import ModelSpec
from promptops.model.model_call import Usage
from promptops.model.suite import Criterion
from promptops.providers.cassette import RECORDED
from promptops.providers.prices import is_price_known, reply_cost
from promptops.text.humanize import limit_words

REPLY_TOKENS = 300
"""So long a reply is taken to be where nothing limits it."""
_JUDGE_TOKENS = 300
_JUDGE_FRAME = 80
"""Tokens of a judge's instructions, beside the question, the inputs and the reply."""


class CostEstimate(NamedTuple):
    """US dollars for the calls that have a price; `unpriced` are the aliases of the others.

    `is_most`: every reply has a limit of tokens, so that it will hardly be more.
    """

    dollars: float
    is_most: bool
    unpriced: tuple[str, ...]


class _PlannedCall(NamedTuple):
    model: ModelSpec
    asked: int
    given: int
    is_limited: bool


def estimate_cost(plan: Plan, units: Sequence[Unit], known: Collection[str]) -> CostEstimate:
    """The cost of what these units ask of models: replies whose keys are not `known`, and their judgements.

    Recorded replies cost nothing; judgements do, unless they are known, which nobody can say before there is a reply.
    """
    calls = [*_replies(units, known), *_judgements(plan, units)]
    costs = [(call, reply_cost(call.model, Usage(call.asked, call.given))) for call in calls]
    return CostEstimate(
        sum(cost for _, cost in costs if cost is not None),
        all(call.is_limited for call in calls),
        tuple(dict.fromkeys(call.model.alias for call, cost in costs if cost is None)),
    )


def budget_note(max_cost: float | None, targets: Iterable[ModelTarget]) -> str:
    """Why a budget cannot be kept; empty where there is none, or where every model that is called has a price."""
    if max_cost is None:
        return ""
    called = [target.spec for target in targets if not target.fingerprint.startswith(RECORDED)]
    unpriced = dict.fromkeys(spec.alias for spec in called if not is_price_known(spec))
    if not unpriced:
        return ""
    names = ", ".join(unpriced)
    return (
        f"the budget of {limit_words(max_cost)} cannot be kept: "
        f"no price is known for {names} (add `prices:` in promptops.yml)"
    )


def _replies(units: Sequence[Unit], known: Collection[str]) -> Iterator[_PlannedCall]:
    for key, unit in {unit.key: unit for unit in units if unit.request is not None}.items():
        request = unit.request
        if request is not None and key not in known and not request.fingerprint.startswith(RECORDED):
            limit = token_limit(request.parameters)
            yield _PlannedCall(request.model, _request_tokens(unit), limit or REPLY_TOKENS, limit is not None)


def _judgements(plan: Plan, units: Sequence[Unit]) -> Iterator[_PlannedCall]:
    judged = [criterion for criterion in plan.suite.criteria if criterion.kind.asks_model]
    for unit in units:
        for criterion in judged:
            if unit.request is not None and criterion.covers(unit.case) and (judge := _judge(plan, criterion)):
                reply = token_limit(unit.request.parameters)
                question = estimate_tokens(str(criterion.options.get(criterion.kind.question) or ""))
                asked = _request_tokens(unit) + (reply or REPLY_TOKENS) + question + _JUDGE_FRAME
                given = token_limit(judge_parameters(judge.spec, _JUDGE_TOKENS)) or _JUDGE_TOKENS
                yield _PlannedCall(judge.spec, asked, given, reply is not None)


def _judge(plan: Plan, criterion: Criterion) -> ModelTarget | None:
    return plan.targets.get(str(criterion.options.get(criterion.kind.judge_model) or plan.scoring.judge))


def _request_tokens(unit: Unit) -> int:
    return sum(estimate_message_tokens(message) for message in unit.request.messages) if unit.request else 0
