"""An answer of Converse, checked by hand."""

from __future__ import annotations

import json
from typing import Any

from promptops.errors import ProviderError
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
from promptops.providers.openai_errors import ErrorTranslator
from promptops.providers.token_usage import token_count

_HINT = "is that Bedrock? check baseUrl"


def parse_converse(content: bytes, latency: float, errors: ErrorTranslator) -> Reply:
    """The reply in an answer's body. Raises ProviderError saying what came instead, busy when it was cut."""
    data = parse_json(content, errors, _HINT)
    output = data.get("output")
    message = output.get("message") if isinstance(output, dict) else None
    blocks = message.get("content") if isinstance(message, dict) else None
    if not isinstance(blocks, list):
        raise unexpected_answer("JSON without a message", content, errors, _HINT)
    blocks = [block for block in blocks if isinstance(block, dict)]
    uses = [block["toolUse"] for block in blocks if isinstance(block.get("toolUse"), dict)]
    calls = tuple(_tool_call(use, content, errors) for use in uses)
    texts = [block["text"] for block in blocks if isinstance(block.get("text"), str)]
    text = replace_surrogates("".join(texts)) if texts else None
    thought = replace_surrogates("".join(_thought(block) for block in blocks))
    stop = optional_text(data.get("stopReason"))
    finish = "tool_calls" if stop == "tool_use" else usual_name(stop)
    if problem := _problem(SpokenMessage(text, thought, False), calls, finish, errors):
        raise problem
    usage = parse_converse_usage(data.get("usage"))
    return Reply(text or "", calls, usage, latency, finish, _invoked(data), reasoning=thought)


def parse_converse_usage(data: object) -> Usage:
    """The `usage` of an answer. `inputTokens` there leaves out what was remembered and what was newly written down."""
    given: dict[str, Any] = data if isinstance(data, dict) else {}
    fresh, output = token_count(given, "inputTokens"), token_count(given, "outputTokens")
    remembered, written = token_count(given, "cacheReadInputTokens"), token_count(given, "cacheWriteInputTokens")
    if fresh is None:
        return Usage(None, output)
    return Usage(fresh + (remembered or 0) + (written or 0), output, None, remembered, written)


def _problem(
    spoken: SpokenMessage, calls: tuple[ToolCall, ...], finish: str, errors: ErrorTranslator
) -> ProviderError | None:
    if finish in ("malformed_model_output", "malformed_tool_use"):
        return errors.permanent(f"the model wrote what Bedrock cannot read (finish reason: {finish})")
    return missing_answer(spoken, calls, finish, errors)


def _thought(block: dict[str, Any]) -> str:
    content = block.get("reasoningContent")
    inner = content.get("reasoningText") if isinstance(content, dict) else None
    return optional_text(inner.get("text")) if isinstance(inner, dict) else ""


def _tool_call(use: dict[str, Any], content: bytes, errors: ErrorTranslator) -> ToolCall:
    name = use.get("name")
    if not isinstance(name, str):
        raise unexpected_answer("a tool call without a name", content, errors, _HINT)
    arguments = json.dumps({} if use.get("input") is None else use["input"], ensure_ascii=False)
    return ToolCall(replace_surrogates(name), replace_surrogates(arguments), optional_text(use.get("toolUseId")))


def _invoked(data: dict[str, Any]) -> str:
    """The model that a router chose; Bedrock names none otherwise."""
    trace = data.get("trace")
    router = trace.get("promptRouter") if isinstance(trace, dict) else None
    return optional_text(router.get("invokedModelId")) if isinstance(router, dict) else ""
