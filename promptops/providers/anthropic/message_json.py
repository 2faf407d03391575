"""An answer of the Messages interface, checked by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from promptops.model.chat.finish_reason import usual_name
from promptops.model.chat.message import ToolCall
from promptops.model.model_call import Reply, Usage
from promptops.providers.answer_body import (
    missing_answer,
    optional_text,
    parse_json,
    replace_surrogates,
    unexpected_answer,
)
from promptops.providers.completion_message import SpokenMessage
from promptops.providers.openai_errors import ErrorTranslator, excerpt
from promptops.providers.token_usage import token_count

_HINT = "does baseUrl end before /v1/messages, which the client adds?"


def parse_message(content: bytes, latency: float, errors: ErrorTranslator, headers: Mapping[str, str] = {}) -> Reply:
    """The reply in an answer's body. Raises ProviderError saying what came instead, busy when it was cut."""
    data = parse_json(content, errors, _HINT)
    if error := data.get("error"):
        raise errors.from_body(error, headers)
    blocks = data.get("content")
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise unexpected_answer("JSON without a list of content", content, errors, _HINT)
    stop = optional_text(data.get("stop_reason"))
    finish = "tool_calls" if stop == "tool_use" else usual_name(stop)
    calls = tuple(_tool_call(block, content, errors) for block in blocks if block.get("type") == "tool_use")
    text, thought = _joined(blocks, "text"), _joined(blocks, "thinking")
    if problem := missing_answer(SpokenMessage(text, thought, False), calls, finish, errors):
        if why := _explanation(data):
            raise errors.permanent(f"the model refused: {excerpt(errors.mask(why))}", problem.hint)
        raise problem
    usage = parse_message_usage(data.get("usage"))
    return Reply(text, calls, usage, latency, finish, optional_text(data.get("model")), reasoning=thought)


def parse_message_usage(data: object) -> Usage:
    """The `usage` of an answer. `input_tokens` there leaves out what was remembered and what was newly written down."""
    given: dict[str, Any] = data if isinstance(data, dict) else {}
    fresh, output = token_count(given, "input_tokens"), token_count(given, "output_tokens")
    remembered, written = (token_count(given, f"cache_{what}_input_tokens") for what in ("read", "creation"))
    asked = None if fresh is None else fresh + (remembered or 0) + (written or 0)
    details = given.get("output_tokens_details")
    thought = token_count(details, "thinking_tokens")
    if asked is None:
        remembered = written = None
    return Usage(asked, output, thought, remembered, written)


def _joined(blocks: list[dict[str, Any]], kind: str) -> str:
    return replace_surrogates("".join(optional_text(one.get(kind)) for one in blocks if one.get("type") == kind))


def _tool_call(block: dict[str, Any], content: bytes, errors: ErrorTranslator) -> ToolCall:
    name, given = block.get("name"), block.get("input")
    if not isinstance(name, str):
        raise unexpected_answer("a tool call without a name", content, errors, _HINT)
    arguments = replace_surrogates(json.dumps({} if given is None else given, ensure_ascii=False))
    return ToolCall(replace_surrogates(name), arguments, optional_text(block.get("id")))


def _explanation(data: dict[str, Any]) -> str:
    details = data.get("stop_details")
    return optional_text(details.get("explanation")) if isinstance(details, dict) else ""
