"""A filled prompt as the arguments of OpenAI's Responses API. Nothing is set that the prompt does not ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from promptops.errors import RenderError
from promptops.model.chat.message import Message
from promptops.model.requests.chat_completions import NOT_IN_RESPONSES, as_dicts

IN_RESPONSES = frozenset({
    "extra_body", "extra_headers", "extra_query", "include", "input", "instructions", "max_output_tokens",
    "max_tool_calls", "metadata", "model", "parallel_tool_calls", "prompt_cache_key", "prompt_cache_retention",
    "reasoning", "safety_identifier", "service_tier", "store", "stream", "stream_options", "temperature", "text",
    "timeout", "tool_choice", "tools", "top_logprobs", "top_p", "truncation", "user",
})  # fmt: skip
"""What `client.responses.create` has a name for."""


def responses_arguments(
    model: str,
    messages: Iterable[Message],
    parameters: Mapping[str, Any],
    tools: Iterable[Mapping[str, Any]] = (),
    response_format: str = "text",
    json_schema: Mapping[str, Any] | None = None,
    *,
    where: str = "",
) -> dict[str, Any]:
    """The body of a response. RenderError, with the prompt's name as its place, for what that has no place for."""
    inputs = as_dicts(messages)
    if any(message["role"] == "tool" for message in inputs):
        hint = "use call.openai() for this prompt"
        raise RenderError("the Responses interface has no role 'tool'", where=where, hint=hint)
    body: dict[str, Any] = {}
    text: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in NOT_IN_RESPONSES:
            hint = "take it out of modelParameters, or use call.openai()"
            raise RenderError(f"the Responses interface has no parameter '{name}'", where=where, hint=hint)
        if name in ("max_tokens", "max_completion_tokens"):
            body["max_output_tokens"] = value
        elif name == "reasoning_effort":
            body["reasoning"] = {"effort": value}
        elif name == "verbosity":
            text["verbosity"] = value
        elif name == "response_format":
            text["format"] = _flat(value)
        elif name == "tool_choice":
            body["tool_choice"] = _flat(value)
        else:
            body[name] = value
    body |= {"model": model, "input": inputs}
    if tools:
        # Chat completions are not strict unless asked to be, responses are.
        body["tools"] = [{"strict": False, **_flat(tool)} if "function" in tool else dict(tool) for tool in tools]
    if response_format == "json_schema":
        text["format"] = {"type": "json_schema", **(json_schema or {})}
    elif response_format != "text":
        text["format"] = {"type": response_format}
    if text:
        body["text"] = text
    return body


def _flat(value: Any) -> Any:
    """`{"type": "function", "function": {…}}` without the level in between; all else as it is."""
    if not isinstance(value, Mapping):
        return value
    kind = value.get("type", "function")
    inner = value.get(kind) if isinstance(kind, str) else None
    return {"type": kind, **inner} if isinstance(inner, Mapping) else dict(value)
