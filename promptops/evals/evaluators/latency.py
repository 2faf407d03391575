"""`latency`: the reply came in time.

    latency: {maxSeconds: 2}

A reply out of the cache counts with the seconds it took when it was asked of the same model at the same address. One
whose seconds nobody wrote down is an error, neither pass nor fail.
"""

from __future__ import annotations

from promptops.evals.evaluators.base import Services, Subject, stateless
from promptops.model.evaluator_kind import KindSpec
from promptops.model.schema_builders import group, number
from promptops.model.score import Score
from promptops.model.suite import Criterion

KIND = KindSpec(
    "latency",
    group({"maxSeconds": number("seconds", 0)}, ("maxSeconds",), "the reply comes within this time"),
    times_the_call=True,
)


async def score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """1 or 0, with the seconds of the call that succeeded, without earlier tries."""
    seconds, most = subject.reply.latency, float(criterion.options["maxSeconds"])
    if seconds is None:
        return Score.error("not measured in this run, nor when the reply came")
    return Score(float(seconds <= most), f"took {seconds:.3g} s; at most {most:g} s are allowed")


build = stateless(score)
