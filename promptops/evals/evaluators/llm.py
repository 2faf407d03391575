"""`llm`: GitHub's judge, kept as it was so that its files mean the same here. For new criteria use `judge`.

    llm:
      modelId: openai/gpt-4o                         resolved like any model; without it the project's judge
      systemPrompt: You grade replies.               sent as written, never filled
      prompt: "Is this a greeting? {{completion}}"   filled from the case; {{completion}} is the reply
      choices: [{choice: "yes", score: 1}, {choice: "no", score: 0}]

The first choice that occurs in the answer wins, in any case and even inside another word; it passes when its score is
above 0, whatever the threshold. None occurs: score 0, failed. (An answer without a word is an error.) Scores of another
scale than 0 to 1 are divided by the largest, and negative ones count as 0: what passes stays the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from promptops.errors import EvalError
from promptops.evals.evaluators.base import Evaluator, Services, Subject, short, unusable
from promptops.evals.evaluators.judge import NO_JUDGE
from promptops.model.prompt import Message
from promptops.model.score import Score
from promptops.model.suite import Criterion
from promptops.templating.value_text import as_text


@dataclass(frozen=True, slots=True)
class LlmJudge:
    """`choices` are (text, score as written); `scale` is what a score is divided by."""

    model: str
    prompt: str
    system: str
    choices: tuple[tuple[str, float], ...]
    scale: float
    services: Services

    async def score(self, subject: Subject) -> Score:
        """The score of the first choice found in the judge's answer, as a share."""
        model = self.model or self.services.judge
        if not model:
            return Score.error(NO_JUDGE)
        # The reply is one value more, in the one pass: braces in it stay braces.
        fields = {**subject.case.fields, "completion": subject.reply.text.strip()}
        messages = [Message("system", self.system)] if self.system else []
        messages.append(Message("user", self.services.render(self.prompt, fields)))
        # GitHub's judges got no parameters, and some models take none.
        answer = (await self.services.ask(model, tuple(messages), tokens=None)).text.strip()
        if not answer:
            raise EvalError("the judge said nothing")
        lowered = answer.lower()
        for choice, score in self.choices:
            if choice.lower() in lowered:
                value = max(score, 0.0) / self.scale
                scaled = "" if value == score else f", score {score:g}"
                return Score(value, f"the judge chose '{short(choice)}'{scaled}")
        listed = ", ".join(short(choice) for choice, _ in self.choices)
        return Score(0.0, f"the judge's answer '{short(answer)}' holds none of: {listed}")


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator; PromptError without a prompt or choices, or for a score that is no number."""
    options = criterion.options
    prompt = str(options.get("prompt") or "")
    choices = tuple((as_text(each["choice"]), float(each["score"])) for each in options.get("choices") or ())
    if not prompt.strip():
        raise unusable(criterion, "the judge has no prompt")
    if not choices:
        raise unusable(criterion, "the judge has no choices", "add - {choice: yes, score: 1}")
    if not all(math.isfinite(score) for _, score in choices):
        raise unusable(criterion, "a choice's score is not a number")
    scale = max(1.0, *(score for _, score in choices))
    system = str(options.get("systemPrompt") or "")
    return LlmJudge(str(options.get("modelId") or ""), prompt, system, choices, scale, services)
