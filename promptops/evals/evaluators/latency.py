"""`latency`: the reply came in time.

    latency: {maxSeconds: 2}

A reply out of the cache was not waited for in this run, so it says nothing: an error, neither pass nor fail.
"""

from __future__ import annotations

from dataclasses import dataclass

from promptops.evals.evaluators.base import Evaluator, Services, Subject
from promptops.model.kind import KindSpec
from promptops.model.schema_builders import group, number
from promptops.model.score import Score
from promptops.model.suite import Criterion

KIND = KindSpec(
    "latency", group({"maxSeconds": number("seconds", 0)}, ("maxSeconds",), "the reply comes within this time")
)


@dataclass(frozen=True, slots=True)
class LatencyCheck:
    """Seconds of the call that succeeded, without earlier tries."""

    max_seconds: float

    async def score(self, subject: Subject) -> Score:
        """1 or 0, with the seconds."""
        seconds = subject.reply.latency
        if seconds is None:
            return Score.error("not measured in this run")
        return Score(1.0 if seconds <= self.max_seconds else 0.0, f"{seconds:.3g} s, at most {self.max_seconds:g}")


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator."""
    return LatencyCheck(float(criterion.options["maxSeconds"]))
