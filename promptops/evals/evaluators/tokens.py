"""`tokens`: the reply, or the request, takes no more tokens than this.

    tokens: {maxOutput: 300, maxInput: 4000}

As the provider counted them; where it did not, an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.evals.evaluators.base import Services, Subject, partial_score, stateless
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import group, integer
from promptops.model.score import Score
from promptops.model.suite import Criterion

_WHOSE = {"output": "the reply has", "input": "the request has"}


def _problems(options: Options) -> Iterator[OptionProblem]:
    """No bound."""
    if options.get("maxOutput") is None and options.get("maxInput") is None:
        yield OptionProblem("no bound", "give maxOutput or maxInput")


KIND = KindSpec(
    "tokens",
    group(
        {"maxOutput": integer("tokens of the reply"), "maxInput": integer("tokens of the request")},
        description="the reply and the request are no longer than this",
    ),
    problems=_problems,
)


async def score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """The share of the bounds that are kept."""
    usage, options = subject.reply.usage, criterion.options
    counts = (("output", usage.output_tokens, "maxOutput"), ("input", usage.input_tokens, "maxInput"))
    bounded = [(name, count, options[most]) for name, count, most in counts if options.get(most) is not None]
    problems = []
    for name, count, most in bounded:
        if count is None:
            return Score.error(f"not measured: the provider did not count {name} tokens")
        if count > most:
            problems.append(f"{_WHOSE[name]} {count} tokens; at most {most} are allowed")
    return partial_score(len(bounded), problems)


build = stateless(score)
