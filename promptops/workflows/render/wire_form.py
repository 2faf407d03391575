"""The path and the body of a request as the vendor's own client writes them, for clients that write a request anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

_BESIDE_GENERATION = frozenset({"cached_content", "labels", "safety_settings", "service_tier", "store"})
_TOGETHER = frozenset({"system_instruction", "tools", "tool_config", "http_options"})


def bedrock_wire(arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """For the arguments of `converse`: the model's name is a part of the path, which makes it no part of the body."""
    body = {name: value for name, value in arguments.items() if name != "modelId"}
    return f"/model/{quote(arguments['modelId'], safe='')}/converse", body


def gemini_wire(arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """For the arguments of `generate_content` with an API key. Google takes names in either spelling.

    https://ai.google.dev/api/generate-content
    """
    config = arguments.get("config", {})
    body: dict[str, Any] = {"contents": arguments["contents"]}
    if instruction := config.get("system_instruction"):
        given = {"parts": [{"text": instruction}]} if isinstance(instruction, str) else instruction
        body["systemInstruction"] = given
    body |= {_camel(name): config[name] for name in ("tools", "tool_config") if name in config}
    body |= {_camel(name): value for name, value in config.items() if name in _BESIDE_GENERATION}
    others = config.keys() - _BESIDE_GENERATION - _TOGETHER
    if generation := {_camel(name): value for name, value in config.items() if name in others}:
        body["generationConfig"] = generation
    body |= config.get("http_options", {}).get("extra_body", {})
    return f"/models/{quote(arguments['model'].removeprefix('models/'), safe='')}:generateContent", body


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
