"""`cost`: the reply costs no more than this.

    cost: {maxUsd: 0.002}

An unknown price is an error, never 0; so are tokens that nobody counted.
"""

from __future__ import annotations

from collections.abc import Callable

from promptops.evals.evaluators.base import Services, Subject, stateless
from promptops.model.evaluator_kind import KindSpec
from promptops.model.schema_builders import group, number
from promptops.model.score import Score
from promptops.model.suite import Criterion

KIND = KindSpec(
    "cost",
    group({"maxUsd": number("US dollars for one reply", 0)}, ("maxUsd",), "the reply costs at most this"),
    needs_price=True,
)


async def score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """1 or 0, with the dollars of recorded usage."""
    if subject.cost is None and subject.reply.usage.output_tokens is None:
        return Score.error("not measured: the provider did not count the tokens (usage is missing)")
    if subject.cost is None:
        return Score.error("not measured: no price is known for this model; give `prices` in promptops.yml")
    from promptops.text.humanize import dollars

    most = float(criterion.options["maxUsd"])
    allowed = f"at most {dollars(most) if most else '$0'} is allowed"
    return Score(float(subject.cost <= most), f"costs {_exact(subject.cost, most, dollars)}; {allowed}")


def _exact(cost: float, most: float, dollars: Callable[[float], str]) -> str:
    """The cost in words that differ from the limit's where it is another."""
    words = dollars(cost) if cost else "nothing"
    return words if cost == most or words != dollars(most) else f"${cost:.6g}"


build = stateless(score)
