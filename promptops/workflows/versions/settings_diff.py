"""What differs between two versions of a prompt besides its messages, one line each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from promptops.model.edit import SettingDifference
from promptops.model.prompt import Input, Prompt

_DEPTH = 8
"""Deeper inside a schema all the rest is one value."""
_ORDERED = ("jsonSchema", "tool ")
"""Where a model sees the order of keys, and answers in it."""
_MISSING = object()


def compare_settings(base: Prompt, head: Prompt) -> tuple[SettingDifference, ...]:
    """Way of reading, parameters, reply format, schema, inputs and tools, in this order; values are JSON."""
    return tuple(_compare("", _settings(base), _settings(head), 0))


def _settings(prompt: Prompt) -> dict[str, Any]:
    tools = _by_name(prompt.tools)
    return {
        "placeholders": "only {{ name }}" if prompt.plain else "inputs and Jinja",
        **prompt.parameters,
        "responseFormat": prompt.response_format,
        **({"jsonSchema": prompt.json_schema} if prompt.json_schema is not None else {}),
        **{f"input {item.name}": _input(item) for item in prompt.inputs},
        **({"tools": list(tools)} if tools else {}),
        **{f"tool {name}": tool for name, tool in tools.items()},
    }


def _input(item: Input) -> dict[str, Any]:
    return {**item.schema} if item.required else {**item.schema, "default": item.default}


def _compare(name: str, old: Any, new: Any, depth: int) -> Iterator[SettingDifference]:
    if isinstance(old, Mapping) and isinstance(new, Mapping) and depth < _DEPTH:
        for key in [*new, *(key for key in old if key not in new)]:
            inner = f"{name}.{key}" if name else str(key)
            yield from _compare(inner, old.get(key, _MISSING), new.get(key, _MISSING), depth + 1)
        if name.startswith(_ORDERED):
            both = [[key for key in one if key in other] for one, other in ((old, new), (new, old))]
            if both[0] != both[1]:
                yield SettingDifference(f"order in {name}", *(", ".join(map(str, keys)) for keys in both))
        return
    before, after = _json(old), _json(new)
    if before != after:
        yield SettingDifference(name, before, after)


def _json(value: Any) -> str | None:
    return None if value is _MISSING else json.dumps(value, ensure_ascii=False, default=str)


def _by_name(tools: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    """The functions by name, without the wrapping that all of them have."""
    found: dict[str, Any] = {}
    for tool in tools:
        function = tool.get("function")
        own = function if isinstance(function, Mapping) else {}
        rest = {key: value for key, value in tool.items() if key not in ("function", "type")}
        stem = name = str(own.get("name") or "without a name")
        twin = 2
        while name in found:
            name, twin = f"{stem} ({twin})", twin + 1
        found[name] = {**own, **rest}
    return found
