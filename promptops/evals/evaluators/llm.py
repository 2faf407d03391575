"""`llm`: GitHub's judge, kept as it was so that its files mean the same here. For new criteria use `judge`.

    llm:
      modelId: openai/gpt-5.4                       resolved like any model; without it the project's judge
      systemPrompt: You grade replies.               sent as written, never filled
      prompt: "Is this a greeting? {{completion}}"   filled from the case; {{completion}} is the reply
      choices: [{choice: "yes", score: 1}, {choice: "no", score: 0}]

The first choice that occurs in the answer wins, in any case and even inside another word; it passes when its score is
above 0, whatever the threshold. None occurs: score 0, failed. (An answer without a word is asked for once more, then an
error.) Scores of another scale than 0 to 1 are divided by the largest, and negative ones count as 0: what passes stays
the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from promptops.errors import EvalError
from promptops.evals.evaluators.base import Services, Subject, excerpt, stateless
from promptops.evals.evaluators.judge import NO_JUDGE
from promptops.model.chat.message import Message
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import array, group, may_be_blank, number, string
from promptops.model.score import Score
from promptops.model.suite import Criterion
from promptops.templating.value_text import as_text
from promptops.text.comparable import comparable

if TYPE_CHECKING:
    from promptops.model.model_call import Reply


def _problems(options: Options) -> Iterator[OptionProblem]:
    """No prompt, no choices, or a score that is no number."""
    if not str(options.get("prompt") or "").strip():
        yield OptionProblem("the judge has no prompt")
    if not _choices(options):
        yield OptionProblem("the judge has no choices", "add - {choice: yes, score: 1}")
    elif not any(score > 0 for _, score in _choices(options)):
        yield OptionProblem("no choice has a score above 0, so no reply could pass", "", "choices")
    if any(not choice.strip() for choice, _ in _choices(options)):
        yield OptionProblem("a choice is empty, so it would be found in every answer", "write the word", "choices")
    if not all(math.isfinite(score) for _, score in _choices(options)):
        yield OptionProblem("a choice's score is not a number")


def _choices(options: Options) -> tuple[tuple[str, float], ...]:
    return tuple((as_text(each["choice"]), float(each["score"])) for each in options.get("choices") or ())


KIND = KindSpec(
    "llm",
    group(
        {
            **may_be_blank({"modelId": string("the model that judges"), "systemPrompt": string("its system message")}),
            "prompt": string("what it is asked; {{completion}} is the reply"),
            "choices": array(
                group({"choice": string("a word"), "score": number("its score")}, ("choice", "score")),
                "words it may answer with; the first one found in its answer counts",
            ),
        },
        ("prompt", "choices"),
        "a model chooses a word; as in GitHub's format",
    ),
    templates=("prompt",),
    template_names=frozenset({"completion"}),
    judge_model="modelId",
    takes_labels=True,
    passes=lambda score, threshold: score > 0,
    problems=_problems,
)


async def score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """The score of the first choice found in the judge's answer, as a share."""
    options, choices = criterion.options, _choices(criterion.options)
    model, system = str(options.get("modelId") or "") or services.judge, str(options.get("systemPrompt") or "")
    if not model:
        return Score.error(NO_JUDGE)
    # The reply is one value more, in the one pass: braces in it stay braces.
    fields = {**subject.case.fields, "completion": subject.reply.text.strip()}
    messages = [Message("system", system)] if system else []
    messages.append(Message("user", services.render(str(options["prompt"]), fields)))
    # GitHub's judges got no parameters, and some models take none.
    answer = await services.answer(model, tuple(messages), _words, tokens=None)
    lowered = comparable(answer).lower()
    for choice, points in choices:
        if comparable(choice).lower() in lowered:
            value = max(points, 0.0) / max(1.0, *(each for _, each in choices))
            scaled = "" if value == points else f", score {points:g}"
            return Score(value, f"the judge chose '{excerpt(choice)}'{scaled}")
    listed = ", ".join(excerpt(choice) for choice, _ in choices)
    return Score(0.0, f"the judge answered '{excerpt(answer)}', which is none of: {listed}")


def _words(reply: Reply) -> str:
    answer = reply.text.strip()
    if not answer:
        raise EvalError("the judge said nothing")
    return answer


build = stateless(score)
