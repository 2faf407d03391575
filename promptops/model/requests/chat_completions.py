"""A filled prompt as the arguments of a chat completion. Nothing is set that the prompt does not ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from promptops.errors import RenderError
from promptops.model.chat.message import Message, Part

NOT_IN_RESPONSES = frozenset({
    "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "modalities", "n",
    "prediction", "presence_penalty", "seed", "stop", "web_search_options",
})  # fmt: skip
"""Parameters that chat completions take and responses do not."""
IN_CHAT = NOT_IN_RESPONSES | {
    "extra_body", "extra_headers", "extra_query", "max_completion_tokens", "max_tokens", "messages", "metadata",
    "model", "parallel_tool_calls", "prompt_cache_key", "prompt_cache_retention", "reasoning_effort",
    "response_format", "safety_identifier", "service_tier", "store", "stream", "stream_options", "temperature",
    "timeout", "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity",
}  # fmt: skip
"""What `client.chat.completions.create` has a name for."""
CALL_OPTIONS = {"extra_headers": "headers: {…}", "extra_query": "query: {…}", "timeout": "limits: {timeout: …}"}
"""What the client takes and never puts into a body, and the key of a model in promptops.yml that says the same."""


def as_dicts(messages: Iterable[Message], where: str = "") -> list[dict[str, Any]]:
    """`{"role": …, "content": …}` for each message, with parts, calls of tools and names where it has them.

    RenderError, with `where` as its place, for a document or a sound by its address: there is no place for one.
    """
    return [
        {"role": one.role, "content": one.content} if one.is_text else _rich_message(one, where) for one in messages
    ]


def _rich_message(message: Message, where: str) -> dict[str, Any]:
    content: Any = message.content
    if not isinstance(content, str):
        content = [_part(part, where) for part in content]
    found: dict[str, Any] = {"role": message.role, "content": content}
    if message.tool_calls:
        if not content:
            found["content"] = None
        found["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.tool_call_id:
        found["tool_call_id"] = message.tool_call_id
    if message.name:
        found["name"] = message.name
    return found


def _part(part: Part, where: str) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if part.kind == "image":
        return {"type": "image_url", "image_url": {"url": part.address}}
    if part.url:
        hint = "pass its bytes, a data URI or a pathlib.Path"
        raise RenderError(f"chat completions take no {part.kind} by its address", where=where, hint=hint)
    if part.kind == "file":
        return {"type": "file", "file": {"filename": part.name or "document.pdf", "file_data": part.address}}
    form = part.media_type.partition("/")[2]
    return {"type": "input_audio", "input_audio": {"data": part.base64, "format": _AUDIO_FORMS.get(form, form)}}


_AUDIO_FORMS = {"mpeg": "mp3"}


def chat_arguments(
    model: str,
    messages: Iterable[Message],
    parameters: Mapping[str, Any],
    tools: Iterable[Mapping[str, Any]] = (),
    response_format: str = "text",
    json_schema: Mapping[str, Any] | None = None,
    *,
    where: str = "",
) -> dict[str, Any]:
    """The body of a chat completion. RenderError, with the prompt's name as its place, as for `as_dicts`."""
    body: dict[str, Any] = {**parameters, "model": model, "messages": as_dicts(messages, where)}
    if tools:
        body["tools"] = [dict(tool) for tool in tools]
    if response_format == "json_schema":
        body["response_format"] = {"type": "json_schema", "json_schema": dict(json_schema or {})}
    elif response_format != "text":
        body["response_format"] = {"type": response_format}
    return body


def for_client(body: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """A body as arguments of the `openai` client: names it does not know (`top_k`) reach the server by `extra_body`."""
    arguments = {name: value for name, value in body.items() if name in known}
    if extra := {name: value for name, value in body.items() if name not in known}:
        arguments["extra_body"] = extra | dict(_extra_body(body))
    return arguments


def as_sent(body: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON that the client makes of these arguments: what `extra_body` holds is in it, and its options are not."""
    if "extra_body" not in body and body.keys().isdisjoint(CALL_OPTIONS):
        return dict(body)
    own = {name: value for name, value in body.items() if name != "extra_body" and name not in CALL_OPTIONS}
    return own | dict(_extra_body(body))


def _extra_body(body: Mapping[str, Any]) -> Mapping[str, Any]:
    extra = body.get("extra_body") or {}
    if not isinstance(extra, Mapping):
        hint = "write it as a group: extra_body: {name: value}"
        raise RenderError("the parameter 'extra_body' is not a group of names and values", hint=hint)
    return extra
