"""`cost`: the reply costs no more than this.

    cost: {maxUsd: 0.002}

An unknown price is an error, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from promptops.evals.evaluators.base import Evaluator, Services, Subject
from promptops.model.kind import KindSpec
from promptops.model.schema_builders import group, number
from promptops.model.score import Score
from promptops.model.suite import Criterion

KIND = KindSpec(
    "cost", group({"maxUsd": number("US dollars for one reply", 0)}, ("maxUsd",), "the reply costs at most this")
)


@dataclass(frozen=True, slots=True)
class CostCheck:
    """US dollars for one reply, from recorded usage."""

    max_usd: float

    async def score(self, subject: Subject) -> Score:
        """1 or 0, with the dollars."""
        if subject.cost is None:
            return Score.error("not measured: no price is known for this model; give `prices` in promptops.yml")
        return Score(1.0 if subject.cost <= self.max_usd else 0.0, f"${subject.cost:.4g}, at most ${self.max_usd:g}")


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator."""
    return CostCheck(float(criterion.options["maxUsd"]))
