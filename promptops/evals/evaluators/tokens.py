"""`tokens`: the reply, or the request, takes no more tokens than this.

    tokens: {maxOutput: 300, maxInput: 4000}

As the provider counted them; where it did not, an error.
"""

from __future__ import annotations

from dataclasses import dataclass

from promptops.evals.evaluators.base import Evaluator, Services, Subject, share, unusable
from promptops.model.score import Score
from promptops.model.suite import Criterion


@dataclass(frozen=True, slots=True)
class TokensCheck:
    """None means no bound."""

    most_output: int | None
    most_input: int | None

    async def score(self, subject: Subject) -> Score:
        """The share of the bounds that are kept."""
        usage = subject.reply.usage
        counts = (("output", usage.output_tokens, self.most_output), ("input", usage.input_tokens, self.most_input))
        bounded = [(name, count, most) for name, count, most in counts if most is not None]
        problems = []
        for name, count, most in bounded:
            if count is None:
                return Score.error(f"not measured: the provider did not count {name} tokens")
            if count > most:
                problems.append(f"{count} {name} tokens, at most {most}")
        return share(len(bounded) - len(problems), len(bounded), problems)


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator; PromptError without a bound."""
    most_output, most_input = criterion.options.get("maxOutput"), criterion.options.get("maxInput")
    if most_output is None and most_input is None:
        raise unusable(criterion, "no bound", "give maxOutput or maxInput")
    return TokensCheck(most_output, most_input)
