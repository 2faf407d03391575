"""`tool`: the model calls a function with these arguments.

    tool: {name: book_flight, arguments: {to: "{{ city }}", seats: 2}}
    tool: {name: search}                             whatever the arguments
    tool: {none: true}                               it answers without a call

Expected arguments are filled from the case and compared as JSON values: numbers by value, texts letter by letter,
groups and lists whole. Arguments nobody asked about may stand beside them. The score is the share of what was
expected: the name and each argument; of several calls the best one counts. Arguments that are not a JSON object fail:
no program could run the call. (With `not: true` and no arguments, such a call counts all the same: it was made.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from promptops.evals.evaluators.base import Services, Subject, contrast, excerpt, full_score, partial_score, stateless
from promptops.evals.evaluators.json_text import (
    InvalidJsonError,
    describe_cut,
    format_value,
    json_equal,
    member,
    mismatch_words,
    parse_model_json,
    render_value,
    unseen_in_names,
    unseen_in_values,
)
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import BOOLEAN, FREE_GROUP, described, group, string
from promptops.model.score import Expectation, Score
from promptops.model.suite import Criterion
from promptops.text.comparable import comparable
from promptops.text.json_words import FUNCTION, place_words, value_words

if TYPE_CHECKING:
    from promptops.model.chat.message import ToolCall

_ABSENT = object()


def _problems(options: Options) -> Iterator[OptionProblem]:
    """Nothing is asked, or a call and no call at once."""
    asked = options.get("name") or options.get("arguments")
    if options.get("none"):
        if asked:
            yield OptionProblem("none: true cannot stand beside a name or arguments")
    elif not asked and options.get("none") is None:
        yield OptionProblem("no function to expect", "give its name, or none: true for no call at all")


KIND = KindSpec(
    "tool",
    group(
        {
            "name": string("the function's name"),
            "arguments": described(FREE_GROUP, "what it is called with"),
            "none": described(BOOLEAN, "no function may be called"),
        },
        description="the model calls a function with these arguments",
    ),
    templates=("name", "arguments"),
    json_values=("arguments",),
    checks_tool_calls=True,
    problems=_problems,
)


async def score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """The share of the expectations that the best call meets."""
    options, fields, calls = criterion.options, subject.case.fields, subject.reply.tool_calls
    if options.get("none"):
        if not calls:
            return full_score(criterion, "to answer without a call")
        names = ", ".join(excerpt(call.name) for call in calls)
        return Score(0.0, contrast(criterion, "should call no function", f"calls {names}"))
    name = services.render(str(options.get("name") or ""), fields)
    arguments = render_value(dict(options.get("arguments") or {}), services.render, fields)
    if not calls:
        return _other_call(criterion, name, "calls nothing")
    if criterion.negated and not arguments:  # a call that must not be is one, whatever it is called with
        called = next((call.name for call in calls if not name or comparable(call.name) == comparable(name)), "")
        return full_score(criterion, f"to call {excerpt(called)}") if called else Score(0.0)
    cut = describe_cut(subject.reply)
    scores = [_score_call(call, name, arguments, cut, criterion) for call in calls]
    best = max(scores, key=lambda score: score.value or 0.0)
    return (
        full_score(criterion, f"to call {excerpt(name) or 'a function'} with these arguments")
        if best.value == 1
        else best
    )


build = stateless(score)


def _other_call(criterion: Criterion, name: str, found: str) -> Score:
    wanted = excerpt(name) or "a function"
    reason = contrast(criterion, f"should call {wanted}", found)
    return Score(0.0, reason, expected=(Expectation(FUNCTION, wanted),))


def _score_call(call: ToolCall, name: str, arguments: dict[str, Any], cut: str, criterion: Criterion) -> Score:
    if name and comparable(call.name) != comparable(name):
        unseen = unseen_in_values(name, call.name)
        because = f" ({unseen})" if unseen else ""
        return _other_call(criterion, name, f"calls {excerpt(call.name)}{because}")
    try:
        given = parse_model_json(call.arguments or "{}")
    except InvalidJsonError as exc:
        what = f"the arguments of {excerpt(call.name)}"
        return Score(0.0, f"{cut}, so {what} are not whole" if cut else f"{what} are not JSON: {exc}")
    if not isinstance(given, dict):
        return Score(0.0, f"the arguments of {excerpt(call.name)} are {format_value(given)}, not a JSON object")
    problems, places = [], []
    for key, expected in arguments.items():
        found = member(given, key, _ABSENT)
        if found is not _ABSENT and json_equal(expected, found):
            continue
        words = (f"should be {format_value(expected)}", "is missing")
        if found is not _ABSENT:
            words = mismatch_words(expected, found)
        elif unseen := unseen_in_names(given, key):
            words = (words[0], f"is missing ({unseen})")
        problems.append(contrast(criterion, *words, about=f"argument {place_words([key])}"))
        places.append(Expectation(place_words([key]), excerpt(value_words(expected), 200)))
    return replace(partial_score(len(arguments) + 1, problems), expected=tuple(places))
