"""An answer of `generateContent`, checked by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from promptops.providers.openai_errors import ErrorTranslator, excerpt
from promptops.providers.token_usage import token_count

_HINT = "does baseUrl end before /v1beta/models, which the client adds?"
_FILTER_HINT = "the provider's filter took the question"


def parse_content(content: bytes, latency: float, errors: ErrorTranslator, headers: Mapping[str, str] = {}) -> Reply:
    """The reply in an answer's body. Raises ProviderError saying what came instead, busy when it was cut."""
    data = parse_json(content, errors, _HINT)
    if error := data.get("error"):
        raise errors.from_body(error, headers)
    candidates = data.get("candidates")
    candidate = candidates[0] if isinstance(candidates, list) and candidates else None
    if not isinstance(candidate, dict):
        raise _blocked(data, errors) or unexpected_answer("JSON without candidates", content, errors, _HINT)
    parts = _parts(candidate)
    calls = tuple(_tool_call(part["functionCall"], content, errors) for part in parts if "functionCall" in part)
    text = _joined(parts, is_thought=False)
    reason = optional_text(candidate.get("finishReason"))
    finish = "tool_calls" if calls and reason == "STOP" else usual_name(reason)
    thought = _joined(parts, is_thought=True) or ""
    if problem := missing_answer(SpokenMessage(text, thought, False), calls, finish, errors):
        if why := optional_text(candidate.get("finishMessage")):
            raise errors.permanent(f"{problem.args[0]}: {excerpt(errors.mask(why))}", problem.hint)
        raise problem
    usage = parse_content_usage(data.get("usageMetadata"))
    model = optional_text(data.get("modelVersion"))
    return Reply(text or "", calls, usage, latency, finish, model, reasoning=thought)


def parse_content_usage(data: object) -> Usage:
    """The `usageMetadata` of an answer: what is thought stands apart there, and a count of 0 is left out."""
    given: dict[str, Any] = data if isinstance(data, dict) else {}
    asked, total = token_count(given, "promptTokenCount"), token_count(given, "totalTokenCount")
    if asked is None:
        return Usage()
    thought, spoken = token_count(given, "thoughtsTokenCount"), token_count(given, "candidatesTokenCount")
    asked += token_count(given, "toolUsePromptTokenCount") or 0
    output = None if spoken is None and thought is None and total is None else (spoken or 0) + (thought or 0)
    cached = token_count(given, "cachedContentTokenCount")
    return Usage(asked, output, thought, cached if cached is not None and cached <= asked else None)


def _blocked(data: dict[str, Any], errors: ErrorTranslator) -> ProviderError | None:
    """The error for a prompt that was not let through to the model."""
    feedback = data.get("promptFeedback")
    if not isinstance(feedback, dict) or not (reason := optional_text(feedback.get("blockReason"))):
        return None
    why = optional_text(feedback.get("blockReasonMessage"))
    return errors.permanent(
        f"the prompt was blocked ({reason})" + (f": {excerpt(errors.mask(why))}" if why else ""), _FILTER_HINT
    )


def _parts(candidate: dict[str, Any]) -> list[dict[str, Any]]:
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _joined(parts: list[dict[str, Any]], *, is_thought: bool) -> str | None:
    """The texts of an answer, or of the thinking before it; None where there are none."""
    found = [
        part["text"] for part in parts if isinstance(part.get("text"), str) and bool(part.get("thought")) is is_thought
    ]
    return replace_surrogates("".join(found)) if found else None


def _tool_call(call: object, content: bytes, errors: ErrorTranslator) -> ToolCall:
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        raise unexpected_answer("a function call without a name", content, errors, _HINT)
    arguments = json.dumps(call.get("args") or {}, ensure_ascii=False)
    return ToolCall(replace_surrogates(call["name"]), replace_surrogates(arguments), optional_text(call.get("id")))
