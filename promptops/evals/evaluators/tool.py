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

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptops.evals.evaluators.base import Evaluator, Services, Subject, partial_score, shorten
from promptops.evals.evaluators.json_text import NotJsonError, format_value, json_equal, parse_json, render_value
from promptops.model.kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import BOOLEAN, FREE_GROUP, described, group, string
from promptops.model.score import Score
from promptops.model.suite import Criterion

if TYPE_CHECKING:
    from promptops.model.completion import ToolCall


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


@dataclass(frozen=True, slots=True)
class NoToolCheck:
    """`none: true`."""

    async def score(self, subject: Subject) -> Score:
        """1 when nothing is called."""
        names = ", ".join(shorten(call.name) for call in subject.reply.tool_calls)
        return Score(0.0, f"calls {names}, expected no call") if names else Score(1.0)


@dataclass(frozen=True, slots=True)
class ToolCheck:
    """An empty `name` means any function."""

    name: str
    arguments: Mapping[str, Any]
    render: Callable[[str, Mapping[str, Any]], str]

    async def score(self, subject: Subject) -> Score:
        """The share of the expectations that the best call meets."""
        fields = subject.case.fields
        name = self.render(self.name, fields)
        arguments = render_value(dict(self.arguments), self.render, fields)
        calls = subject.reply.tool_calls
        if not calls:
            return Score(0.0, f"calls nothing, expected {shorten(name) or 'a call'}")
        return max((_score_call(call, name, arguments) for call in calls), key=lambda score: score.value or 0.0)


def _score_call(call: ToolCall, name: str, arguments: dict[str, Any]) -> Score:
    if name and call.name != name:
        return Score(0.0, f"calls {shorten(call.name)}, expected {shorten(name)}")
    try:
        given = parse_json(call.arguments or "{}")
    except NotJsonError as exc:
        return Score(0.0, f"the arguments of {shorten(call.name)} are not JSON: {exc}")
    if not isinstance(given, dict):
        return Score(0.0, f"the arguments of {shorten(call.name)} are {format_value(given)}, not a JSON object")
    problems = []
    for key, expected in arguments.items():
        if key not in given:
            problems.append(f"{key} is missing, expected {format_value(expected)}")
        elif not json_equal(expected, given[key]):
            problems.append(f"{key} is {format_value(given[key])}, expected {format_value(expected)}")
    wanted = len(arguments) + 1
    return partial_score(wanted - len(problems), wanted, problems)


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator."""
    options = criterion.options
    if options.get("none"):
        return NoToolCheck()
    return ToolCheck(str(options.get("name") or ""), options.get("arguments") or {}, services.render)
