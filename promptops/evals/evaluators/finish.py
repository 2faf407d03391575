"""`finish`: why the reply ended.

    finish: {equals: stop}                           the model said all it had to say
    finish: {equals: length, not: true}              it was not cut off at the limit of tokens

As the provider says it, in any case: OpenAI-compatible ones say `stop`, `length` (cut at maxTokens), `tool_calls` or
`content_filter`, and other names for these (`MAX_TOKENS`, `eos`, `SAFETY`) mean the same. Where it says nothing, there
is no answer: an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.evals.evaluators.base import Services, Subject, contrast, excerpt, full_score, stateless
from promptops.model.chat.finish_reason import usual_name
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import group, string
from promptops.model.score import Score
from promptops.model.suite import Criterion

_OTHER_SERVERS = ("tool_use", "pause_turn")
REASONS = ("stop", "length", "tool_calls", "content_filter", "function_call", "error")

_ENDINGS = {
    "stop": ("end by itself", "ended by itself"),
    "length": ("be cut off at the limit of tokens", "was cut off at the limit of tokens"),
    "tool_calls": ("end with the call of a function", "ended with the call of a function"),
    "content_filter": ("be stopped by a content filter", "was stopped by a content filter"),
}


def _problems(options: Options) -> Iterator[OptionProblem]:
    """No reason, or a misspelt one, which no reply would ever have."""
    wanted = str(options.get("equals") or "").strip()
    if not wanted:
        yield OptionProblem("no reason to compare with", f"give one, such as: {', '.join(REASONS[:4])}", "equals")
    elif "{" not in wanted and usual_name(wanted) not in (*REASONS, *_OTHER_SERVERS):
        from promptops.text.suggestions import closest

        if close := closest(wanted.lower().replace("-", "_").replace(" ", "_"), REASONS):
            yield OptionProblem(f"no reply ends with '{wanted[:40]}'", f"did you mean '{close}'?", "equals")


KIND = KindSpec(
    "finish",
    group(
        {"equals": string("why the reply ends: stop, length (cut at maxTokens), tool_calls, content_filter")},
        ("equals",),
        "why the reply ended, as the provider says it",
    ),
    templates=("equals",),
    problems=_problems,
)


async def score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """1 or 0, with the reason that was given."""
    reason = subject.reply.finish_reason.strip()
    if not reason:
        return Score.error("not measured: the provider did not say why the reply ended")
    wanted = services.render(str(criterion.options["equals"]), subject.case.fields).strip()
    if not wanted:
        return Score.error("the reason to compare with is empty for this case")
    if usual_name(reason) != usual_name(wanted):
        return Score(0.0, contrast(criterion, f"should {_words(wanted)[0]}", _words(reason)[1]))
    return full_score(criterion, f"to {_words(reason)[0]}")


build = stateless(score)


def _words(reason: str) -> tuple[str, str]:
    """How a reply ends with this reason: (`end by itself`, `ended by itself`)."""
    ending = f"end as '{excerpt(reason)}'", f"ended as '{excerpt(reason)}'"
    return _ENDINGS.get(usual_name(reason), ending)
