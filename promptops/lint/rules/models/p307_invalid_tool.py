"""A tool has no name, a name no model accepts, the name of another one, or parameters that are no group of fields.

The server refuses the whole request, or the model calls a function that nobody can tell from another.

Bad:   tools: [{name: get weather, parameters: {type: string}}]
Good:  tools: [{name: get_weather, parameters: {type: object, properties: {city: {type: string}}}}]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.tools import Tool, tools_of
from promptops.model.finding import Finding, Fix, Span

_KEYS = ("name", "description", "parameters", "strict", "type")
_OTHER_NAMES = {"input_schema": "parameters", "inputSchema": "parameters", "arguments": "parameters"}
_OTHER_TYPES = ("string", "number", "integer", "boolean", "array", "null")
_MOST = 20

CODE = "P307"
PREFILTER = Prefilter(("prompt",), ("tools",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """What is wrong with each tool, its name first; the first mistakes where there are very many."""
    seen: dict[str, Span] = {}
    looked_up = 0
    for tool in tools_of(target):
        name, place = tool.text("name"), tool.place("name")
        if not name:
            yield Finding(tool.path, place, CODE, "this tool has no name", "add a line `name: …`")
        elif not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            message = f"'{name[:80]}' is not a name a tool can have"
            detail = "only letters from a to z, digits, _ and -, at most 64 of them"
            yield Finding(tool.path, place, CODE, message, _other_name(name), detail=detail)
        elif name in seen:
            message = f"two tools are called '{name}'; the other is on line {seen[name].line}"
            yield Finding(tool.path, place, CODE, message, "give each a name of its own")
        seen.setdefault(name, place)
        yield from _parameters(tool)
        for key in tool.body.value:
            if key not in _KEYS and looked_up < _MOST:
                looked_up += 1
                yield from _misspelt(tool, key)


def _parameters(tool: Tool) -> Iterator[Finding]:
    node = tool.body.get("parameters")
    if node is None or (node.kind == "scalar" and node.value is None):
        return
    if node.kind != "mapping":
        place = tool.at(node.span if node.kind == "scalar" else Span.at(node.span.line, node.span.column))
        hint = "write {type: object, properties: {…}}"
        yield Finding(tool.path, place, CODE, "the parameters of a tool are a group of fields", hint)
        return
    kind = node.get("type")
    if kind is None and "properties" in node.value:
        message = "the parameters of a tool need the line `type: object`"
        yield Finding(tool.path, tool.at(node.key_spans["properties"]), CODE, message, "add it above `properties`")
    elif kind is not None and kind.kind == "scalar" and kind.text in _OTHER_TYPES:
        message = f"the parameters of a tool are a group of fields, not '{kind.text[:40]}'"
        hint = "write type: object, and each parameter under properties"
        yield Finding(tool.path, tool.at(kind.span), CODE, message, hint)


def _misspelt(tool: Tool, key: str) -> Iterator[Finding]:
    import difflib  # only where a key is not ours

    near = [_OTHER_NAMES[key]] if key in _OTHER_NAMES else difflib.get_close_matches(key[:40], _KEYS, 1, 0.75)
    if near and near[0] not in tool.body.value:
        span = tool.at(tool.body.key_spans[key])
        message, detail = f"'{key[:40]}' is not a key a tool can have", "the model is not told what stands there"
        hint = f"did you mean '{near[0]}'?"
        fix = Fix(span, near[0]) if tool.json is None else None
        yield Finding(tool.path, span, CODE, message, hint, fix=fix, detail=detail)


def _other_name(name: str) -> str:
    fitting = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:64]
    return f"write for example {fitting}" if fitting else "write a name like get_weather"
