"""Where Bedrock shall remember the beginning of a prompt, so that it costs a tenth the next time.

https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from promptops.model.chat.token_estimate import IMAGE_TOKENS, estimate_tokens
from promptops.model.requests.translation import Interface, is_caching_off

LEAST_TOKENS = 1_024
"""What is shorter no model remembers; some want more, and ignore the point."""
CACHE_POINT: dict[str, Any] = {"cachePoint": {"type": "default"}}
# A model that remembers nothing refuses the whole call, so only those are meant that are documented to.
_CLAUDE = re.compile(r"anthropic\.claude-(3-5-haiku|3-7-sonnet|[a-z]+-([4-9]|\d\d)\b)")
_NOVA = re.compile(r"amazon\.nova-(micro|lite|pro|premier)-v1\b")
_MEDIA = ("image", "document", "audio")


def add_cache_points(body: dict[str, Any], parameters: Mapping[str, Any], interface: Interface) -> dict[str, Any]:
    """The request, with a point where what calls have in common ends: after its system texts (else its tools), and
    after the assistant's last turn before the end (examples, or what was said so far).

    Only where a model is known to remember, and there is enough. `cache_control` among the parameters says otherwise:
    `off` for none, `{type: ephemeral, ttl: 1h}` for points on any model, kept so long.
    """
    point, is_asked_for = CACHE_POINT, "cache_control" in parameters
    if is_asked_for:
        wanted = parameters["cache_control"]
        if is_caching_off(parameters):
            return body
        if not isinstance(wanted, Mapping) or wanted.keys() - {"type", "ttl"}:
            raise interface.error("does not know this cache_control", "write off, or {type: ephemeral, ttl: 5m}")
        point = {"cachePoint": {"type": "default", **({"ttl": wanted["ttl"]} if "ttl" in wanted else {})}}
    model = body["modelId"]
    takes_tools = _CLAUDE.search(model) is not None
    if not (is_asked_for or takes_tools or _NOVA.search(model)):
        return body
    tools, system = body.get("toolConfig", {}).get("tools", []), body.get("system", [])
    length = _length(tools) + _length(system)
    found = dict(body)
    if length >= LEAST_TOKENS and system:
        found["system"] = [*system, point]
    elif length >= LEAST_TOKENS and takes_tools:  # Nova takes no point among the tools
        found["toolConfig"] = {**body["toolConfig"], "tools": [*tools, point]}
    last = _last_answer(body["messages"])
    if (
        last is not None
        and length + sum(_length(one["content"]) for one in body["messages"][: last + 1]) >= LEAST_TOKENS
    ):
        messages = list(body["messages"])
        messages[last] = {**messages[last], "content": [*messages[last]["content"], point]}
        found["messages"] = messages
    return found


def _last_answer(messages: list[dict[str, Any]]) -> int | None:
    answers = [index for index, one in enumerate(messages[:-1]) if one["role"] == "assistant"]
    return answers[-1] if answers else None


def _length(blocks: Iterable[Mapping[str, Any]]) -> int:
    """About how many tokens these are."""
    return sum(_block_length(block) for block in blocks)


def _block_length(block: Mapping[str, Any]) -> int:
    if "toolResult" in block:
        return _length(block["toolResult"]["content"])
    if any(kind in block for kind in _MEDIA):
        return IMAGE_TOKENS
    return estimate_tokens(block["text"] if "text" in block else json.dumps(block, ensure_ascii=False))
