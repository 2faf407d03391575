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

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from promptops.evals.evaluators.base import Evaluator, Services, Subject, share, short, unusable
from promptops.evals.evaluators.json_text import NotJsonError, fill, read_json, same, show
from promptops.model.completion import ToolCall
from promptops.model.score import Score
from promptops.model.suite import Criterion


@dataclass(frozen=True, slots=True)
class NoToolCheck:
    """`none: true`."""

    async def score(self, subject: Subject) -> Score:
        """1 when nothing is called."""
        names = ", ".join(short(call.name) for call in subject.reply.tool_calls)
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
        arguments = fill(dict(self.arguments), self.render, fields)
        calls = subject.reply.tool_calls
        if not calls:
            return Score(0.0, f"calls nothing, expected {short(name) or 'a call'}")
        return max((_compare(call, name, arguments) for call in calls), key=lambda score: score.value or 0.0)


def _compare(call: ToolCall, name: str, arguments: dict[str, Any]) -> Score:
    if name and call.name != name:
        return Score(0.0, f"calls {short(call.name)}, expected {short(name)}")
    try:
        given = read_json(call.arguments or "{}")
    except NotJsonError as exc:
        return Score(0.0, f"the arguments of {short(call.name)} are not JSON: {exc}")
    if not isinstance(given, dict):
        return Score(0.0, f"the arguments of {short(call.name)} are {show(given)}, not a JSON object")
    problems = []
    for key, expected in arguments.items():
        if key not in given:
            problems.append(f"{key} is missing, expected {show(expected)}")
        elif not same(expected, given[key]):
            problems.append(f"{key} is {show(given[key])}, expected {show(expected)}")
    wanted = len(arguments) + 1
    return share(wanted - len(problems), wanted, problems)


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator; PromptError when nothing is asked, or a call and no call at once."""
    options = criterion.options
    name, arguments = str(options.get("name") or ""), options.get("arguments") or {}
    if options.get("none"):
        if name or arguments:
            raise unusable(criterion, "none: true cannot stand beside a name or arguments")
        return NoToolCheck()
    if not name and not arguments and "none" not in options:
        raise unusable(criterion, "no function to expect", "give its name, or none: true for no call at all")
    return ToolCheck(name, arguments, services.render)
