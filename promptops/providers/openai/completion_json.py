"""Chat completions as JSON: a request's body, and the reply in an answer, checked by hand.

The client's typed models cost more than the call itself and accept anything; here what is not a reply is an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from promptops.errors import ProviderError, RenderError
from promptops.model.chat.message import ToolCall
from promptops.model.config import ModelSpec
from promptops.model.model_call import Reply, Request
from promptops.model.requests.chat_completions import as_sent, chat_arguments
from promptops.providers.answer_body import (
    missing_answer,
    optional_text,
    parse_json,
    replace_surrogates,
    unexpected_answer,
)
from promptops.providers.completion_message import read_message
from promptops.providers.openai_errors import ErrorTranslator
from promptops.providers.token_usage import parse_usage

_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def request_body(request: Request, spec: ModelSpec) -> dict[str, Any]:
    """The JSON body: nothing is set that neither the prompt nor the model's `extraBody` asks for.

    ProviderError for what has no place in it.
    """
    asked = (request.messages, request.parameters, request.tools, request.response_format, request.json_schema)
    try:
        return as_sent(chat_arguments(spec.model, *asked))
    except RenderError as exc:
        raise ProviderError(exc.args[0], where=request.model.alias, hint=exc.hint) from exc


def encode_body(body: Mapping[str, Any]) -> bytes:
    """The body's bytes. ValueError for what JSON has no place for: an infinite number, half a surrogate pair."""
    return _encoder.encode(body).encode()


def parse_reply(content: bytes, latency: float, errors: ErrorTranslator, headers: Mapping[str, str] = {}) -> Reply:
    """The reply in an answer's body. Raises ProviderError saying what came instead, busy when it was cut."""
    data = parse_json(content, errors)
    if error := data.get("error"):
        raise errors.from_body(error, headers)
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        raise unexpected_answer(
            "an empty list of choices" if choices == [] else "JSON without choices", content, errors
        )
    if error := choice.get("error"):
        raise errors.from_body(error, headers)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise unexpected_answer("a choice without a message", content, errors)
    finish = optional_text(choice.get("finish_reason"))
    calls = _parse_tool_calls(message, content, errors)
    spoken = read_message(message)
    if problem := missing_answer(spoken, calls, finish, errors):
        raise problem
    text = spoken.text or ""
    usage = parse_usage(data.get("usage"), has_output=bool(text or calls))
    return Reply(
        replace_surrogates(text),
        calls,
        usage,
        latency,
        finish,
        optional_text(data.get("model")),
        reasoning=replace_surrogates(spoken.reasoning),
    )


def _parse_tool_calls(message: dict[str, Any], content: bytes, errors: ErrorTranslator) -> tuple[ToolCall, ...]:
    found = message.get("tool_calls") or []
    if not found and message.get("function_call"):  # how calls were written before tools came
        found = [{"function": message["function_call"]}]
    return tuple(_parse_tool_call(item, content, errors) for item in (found if isinstance(found, list) else [found]))


def _parse_tool_call(item: object, content: bytes, errors: ErrorTranslator) -> ToolCall:
    function = item.get("function") if isinstance(item, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise unexpected_answer("a tool call without a name", content, errors)
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
    called = item.get("id") if isinstance(item, dict) else None
    return ToolCall(replace_surrogates(function["name"]), replace_surrogates(text), optional_text(called))
