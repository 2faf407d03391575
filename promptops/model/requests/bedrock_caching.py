"""Where Bedrock shall remember the beginning of a prompt, so that it costs a tenth the next time.

https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from promptops.model.chat.token_estimate import estimate_tokens

LEAST_TOKENS = 1_024
"""What is shorter no model remembers; some want more, and ignore the point."""
CACHE_POINT = {"cachePoint": {"type": "default"}}
# A model that remembers nothing refuses the whole call, so only those are meant that are documented to.
_CLAUDE = re.compile(r"anthropic\.claude-(3-5-haiku|3-7-sonnet|[a-z]+-([4-9]|\d\d)\b)")
_NOVA = re.compile(r"amazon\.nova-(micro|lite|pro|premier)-v1\b")


def add_cache_points(body: dict[str, Any]) -> dict[str, Any]:
    """The request, with a point after its tools and system texts where the model is known to remember them.

    One point covers all before it (tools come first), so there is never more than one.
    """
    model = body["modelId"]
    if not (_CLAUDE.search(model) or _NOVA.search(model)) or _stable_tokens(body) < LEAST_TOKENS:
        return body
    if "system" in body:
        return {**body, "system": [*body["system"], CACHE_POINT]}
    if not _CLAUDE.search(model):
        return body  # Nova takes no point among the tools
    tools = body["toolConfig"]
    return {**body, "toolConfig": {**tools, "tools": [*tools["tools"], CACHE_POINT]}}


def _stable_tokens(body: dict[str, Any]) -> int:
    tools = body.get("toolConfig", {}).get("tools", [])
    texts = "".join(block["text"] for block in body.get("system", []))
    return estimate_tokens(texts + (json.dumps(tools, ensure_ascii=False) if tools else ""))
