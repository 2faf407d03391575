"""A filled prompt as arguments of OpenAI's two interfaces. Nothing is set that the prompt does not ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from promptops.errors import RenderError
from promptops.model.prompt import Message

NOT_IN_RESPONSES = frozenset({
    "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "modalities", "n",
    "prediction", "presence_penalty", "seed", "stop", "web_search_options",
})  # fmt: skip
"""Parameters that chat completions take and responses do not."""


def as_dicts(messages: Iterable[Message]) -> list[dict[str, str]]:
    """`{"role": …, "content": …}` for each message."""
    return [{"role": message.role, "content": message.content} for message in messages]


def chat_arguments(
    model: str,
    messages: Iterable[Message],
    parameters: Mapping[str, Any],
    tools: Iterable[Mapping[str, Any]] = (),
    response_format: str = "text",
    json_schema: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What `client.chat.completions.create` takes."""
    body: dict[str, Any] = {**parameters, "model": model, "messages": as_dicts(messages)}
    if tools:
        body["tools"] = [dict(tool) for tool in tools]
    if response_format == "json_schema":
        body["response_format"] = {"type": "json_schema", "json_schema": dict(json_schema or {})}
    elif response_format != "text":
        body["response_format"] = {"type": response_format}
    return body


def responses_arguments(
    model: str,
    messages: Iterable[Message],
    parameters: Mapping[str, Any],
    tools: Iterable[Mapping[str, Any]] = (),
    response_format: str = "text",
    json_schema: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What `client.responses.create` takes. RenderError for what it has no place for."""
    inputs = as_dicts(messages)
    if any(message["role"] == "tool" for message in inputs):
        raise RenderError("the Responses interface has no role 'tool'", hint="use call.openai() for this prompt")
    body: dict[str, Any] = {"model": model, "input": inputs}
    text: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in NOT_IN_RESPONSES:
            hint = "take it out of modelParameters, or use call.openai()"
            raise RenderError(f"the Responses interface has no parameter '{name}'", hint=hint)
        if name in ("max_tokens", "max_completion_tokens"):
            body["max_output_tokens"] = value
        elif name == "reasoning_effort":
            body["reasoning"] = {"effort": value}
        elif name == "verbosity":
            text["verbosity"] = value
        elif name == "tool_choice" and isinstance(value, Mapping) and "function" in value:
            body["tool_choice"] = {"type": "function", **value["function"]}
        else:
            body[name] = value
    if tools:
        body["tools"] = [_flat(tool) for tool in tools]
    if response_format == "json_schema":
        text["format"] = {"type": "json_schema", **(json_schema or {})}
    elif response_format != "text":
        text["format"] = {"type": response_format}
    if text:
        body["text"] = text
    return body


def _flat(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A function's definition without the level in between; chat completions are not strict unless asked to be."""
    function = tool.get("function")
    return {"type": "function", "strict": False, **function} if isinstance(function, Mapping) else dict(tool)
