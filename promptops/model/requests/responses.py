"""A filled prompt as the arguments of OpenAI's Responses API. Nothing is set that the prompt does not ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from promptops.errors import RenderError
from promptops.model.chat.message import Message, Part
from promptops.model.requests.chat_completions import NOT_IN_RESPONSES

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
    inputs = [item for message in messages for item in _items(message, where)]
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


def _items(message: Message, where: str) -> Iterator[dict[str, Any]]:
    """A message as items of the input: what it says, then each call of a tool; or the result of one."""
    if message.name:
        raise _lacks("no name of a message", where)
    if message.role == "tool":
        yield {
            "type": "function_call_output",
            "call_id": message.tool_call_id,
            "output": _content(message, where),
        }
        return
    if message.content or not message.tool_calls:
        yield {"role": message.role, "content": _content(message, where)}
    for call in message.tool_calls:
        yield {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}


def _content(message: Message, where: str) -> Any:
    if isinstance(message.content, str):
        return message.content
    return [_part(part, message.role, where) for part in message.content]


def _part(part: Part, role: str, where: str) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "output_text" if role == "assistant" else "input_text", "text": part}
    if role == "assistant" or part.kind == "audio":
        raise _lacks(f"no {part.kind} in a message of the {role}", where)
    if part.kind == "image":
        return {"type": "input_image", "image_url": part.address, "detail": "auto"}
    if part.url:
        return {"type": "input_file", "file_url": part.url}
    return {"type": "input_file", "filename": part.name or "document.pdf", "file_data": part.address}


def _lacks(what: str, where: str) -> RenderError:
    return RenderError(f"the Responses interface has {what}", where=where, hint="use call.openai() for this prompt")


def _flat(value: Any) -> Any:
    """`{"type": "function", "function": {…}}` without the level in between; all else as it is."""
    if not isinstance(value, Mapping):
        return value
    kind = value.get("type", "function")
    inner = value.get(kind) if isinstance(kind, str) else None
    return {"type": kind, **inner} if isinstance(inner, Mapping) else dict(value)
