"""A `tool` evaluator expects a function, or an argument, that the prompt does not offer.

The model can call only what stands under `tools` in the prompt, so such an evaluator fails on every reply.

Bad:   tools: [{name: open_ticket}]   evaluators: [{tool: {name: open_tickets}}]
Good:  tools: [{name: open_ticket}]   evaluators: [{tool: {name: open_ticket}}]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import options_of
from promptops.model.finding import Finding
from promptops.source.yaml.reader import Node
from promptops.text.suggestions import closest

_OPEN = ("$ref", "allOf", "anyOf", "oneOf", "if", "patternProperties")
"""Words of a schema with which an argument may be allowed that `properties` does not list."""

CODE = "P411"
PREFILTER = Prefilter(("prompt", "suite"), evaluators=("checks_tool_calls",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such name; names that are filled from the case are not judged."""
    prompt = target.tested_prompt
    if prompt is None:
        return
    offered = _offered(prompt.tools)
    for criterion, options in options_of(target):
        if not criterion.kind.checks_tool_calls or criterion.options.get("none") is True or offered is None:
            continue
        name = options.get("name")
        wanted = name.text if name is not None and name.kind == "scalar" else ""
        if name is not None and wanted and "{" not in wanted and wanted not in offered:
            message, detail = f"'{wanted[:80]}' is not a function of the prompt", "so it can never be called"
            hint = _instead(wanted, offered, str(prompt.path))
            yield Finding(target.path, name.span, CODE, message, hint, detail=detail)
            continue
        called = [offered[wanted]] if wanted in offered else list(offered.values())
        function = wanted if wanted in offered else ""
        yield from _arguments(target, options.get("arguments"), function, called)


def _arguments(
    target: Target, arguments: Node | None, function: str, called: list[frozenset[str] | None]
) -> Iterator[Finding]:
    known = [each for each in called if each is not None]
    if arguments is None or not called or len(known) < len(called):
        return
    names = frozenset[str]().union(*known)
    for key, span in arguments.key_spans.items():
        if key not in names:
            whose = f"the function '{function}' has" if function else "the prompt's functions have"
            message = f"{whose} no argument '{key[:80]}'"
            yield Finding(target.path, span, CODE, message, _instead(key, names, ""))


def _offered(tools: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str] | None] | None:
    """Each function's arguments, None where any may be given; None where the functions cannot be read."""
    found: dict[str, frozenset[str] | None] = {}
    for tool in tools:
        function = tool.get("function")
        name = function.get("name") if isinstance(function, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(name, str):
            return None
        found[name] = _arguments_of(function.get("parameters"))
    return found


def _arguments_of(schema: object) -> frozenset[str] | None:
    if not isinstance(schema, Mapping) or any(word in schema for word in _OPEN):
        return None
    properties, others = schema.get("properties"), schema.get("additionalProperties", False)
    return frozenset(properties) if isinstance(properties, Mapping) and others is False else None


def _instead(word: str, known: Iterable[str], path: str) -> str:
    listed = sorted(known)[:100]
    if close := closest(word[:80], listed):
        return f"did you mean '{close}'?"
    if not listed:
        return f"add the function under tools in {path}, or take the evaluator out" if path else "take it out"
    return f"there are: {', '.join(listed[:12])}"
