"""`tool`: the model calls a function with these arguments.

    tool: {name: book_flight, arguments: {to: "{{ city }}", seats: 2}}
    tool: {name: search}                             whatever the arguments
    tool: {none: true}                               it answers without a call

Expected arguments are filled from the case and compared as JSON values: numbers by value, texts exactly, groups and
lists whole. Arguments nobody asked about may stand beside them. The score is the share of what was expected: the name
and each argument; of several calls the best one counts. Arguments that are not a JSON object fail: no program could run
the call.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from promptops.evals.evaluators.base import Services, Subject, excerpt, partial_score, stateless
from promptops.evals.evaluators.json_text import InvalidJsonError, format_value, json_equal, parse_json, render_value
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import BOOLEAN, FREE_GROUP, described, group, string
from promptops.model.score import Score
from promptops.model.suite import Criterion

if TYPE_CHECKING:
    from promptops.model.model_call import ToolCall


def _problems(options: Options) -> Iterator[OptionProblem]:
    """Nothing is asked, or a call and no call at once."""
    asked = options.get("name") or options.get("arguments")
    if options.get("none"):
        if asked:
            yield OptionProblem("none: true cannot stand beside a name or arguments")
    elif not asked and "none" not in options:
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
        names = ", ".join(excerpt(call.name) for call in calls)
        return Score(0.0, f"calls {names}, expected no call") if names else Score(1.0)
    name = services.render(str(options.get("name") or ""), fields)
    arguments = render_value(dict(options.get("arguments") or {}), services.render, fields)
    if not calls:
        return Score(0.0, f"calls nothing, expected {excerpt(name) or 'a call'}")
    return max((_score_call(call, name, arguments) for call in calls), key=lambda score: score.value or 0.0)


build = stateless(score)


def _score_call(call: ToolCall, name: str, arguments: dict[str, Any]) -> Score:
    if name and call.name != name:
        return Score(0.0, f"calls {excerpt(call.name)}, expected {excerpt(name)}")
    try:
        given = parse_json(call.arguments or "{}")
    except InvalidJsonError as exc:
        return Score(0.0, f"the arguments of {excerpt(call.name)} are not JSON: {exc}")
    if not isinstance(given, dict):
        return Score(0.0, f"the arguments of {excerpt(call.name)} are {format_value(given)}, not a JSON object")
    problems = []
    for key, expected in arguments.items():
        if key not in given:
            problems.append(f"{key} is missing, expected {format_value(expected)}")
        elif not json_equal(expected, given[key]):
            problems.append(f"{key} is {format_value(given[key])}, expected {format_value(expected)}")
    return partial_score(len(arguments) + 1, problems)
