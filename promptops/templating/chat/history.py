"""A history: messages that an application has so far, as data of the chat completions API or as its client's objects.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from promptops.model.canonical_json import ordered_json
from promptops.model.chat.media import MEDIA_KINDS, Media, MediaKind
from promptops.model.chat.message import Message, Part, ToolCall
from promptops.model.chat.message_template import ROLES
from promptops.source.formats.json_text.strict_json import RefusedJsonError, parse_json
from promptops.templating.chat.media_values import ReadMedia
from promptops.templating.limits.meter import MAX_MESSAGE_CHARACTERS

MOST_MESSAGES = 1_000
_KEYS = frozenset({"role", "content", "tool_calls", "tool_call_id", "name"})
_OF_REPLIES = frozenset({
    "refusal", "annotations", "audio", "function_call", "reasoning", "reasoning_content", "reasoning_details", "parsed",
})  # fmt: skip
"""What a vendor's reply has besides, and no request sends back."""


class HistoryProblem(ValueError):
    """What is wrong, as a sentence that names the message by its number, from 1."""


def read_history(value: Any, read_media: ReadMedia) -> tuple[Message, ...]:
    """The messages of a value. HistoryProblem for the first that no model could be sent."""
    if not isinstance(value, (list, tuple)):
        raise HistoryProblem("it is not a list of messages, each with role and content")
    if len(value) > MOST_MESSAGES:
        raise HistoryProblem(f"it has {len(value):,} messages; {MOST_MESSAGES:,} is the most: pass the last ones")
    messages: list[Message] = []
    for number, item in enumerate(value, 1):
        try:
            messages.append(_message(item, read_media))
        except ValueError as exc:
            raise HistoryProblem(f"message {number}: {exc}") from exc
    _check_calls(messages)
    return tuple(messages)


def _check_calls(messages: Iterable[Message]) -> None:
    """Each result has its call before it."""
    called: set[str] = set()
    for number, message in enumerate(messages, 1):
        called.update(call.id for call in message.tool_calls)
        if message.role == "tool" and message.tool_call_id not in called:
            key = message.tool_call_id
            what = f"answers the call '{key[:80]}'" if key else "has no tool_call_id"
            raise HistoryProblem(f"message {number} {what}, and no message before it made that call")


def _message(item: Any, read_media: ReadMedia) -> Message:
    data = _of_message(item) if isinstance(item, Message) else _as_mapping(item)
    role = data.get("role")
    if role not in ROLES:
        shown = f"'{role[:40]}' is not a role" if isinstance(role, str) else "it has no role"
        raise ValueError(f"{shown}; the roles are {', '.join(ROLES)}")
    if others := [key for key, one in data.items() if key not in _KEYS | _OF_REPLIES and one is not None]:
        raise ValueError(f"'{str(others[0])[:80]}' is not a key a message can have")
    calls = _tool_calls(data.get("tool_calls"))
    if calls and role != "assistant":
        raise ValueError("only the assistant calls tools")
    said = data.get("refusal") if data.get("content") is None else data["content"]
    content = _content(said, read_media) or ""
    if not content and not isinstance(said, str) and not calls:
        raise ValueError("it has no content")
    return Message(role, content, calls, _text(data, "tool_call_id"), _text(data, "name"))


def _of_message(message: Message) -> Mapping[str, Any]:
    """As data: an application may put anything into one."""
    return {
        "role": message.role,
        "content": message.content,
        "tool_calls": message.tool_calls,
        "tool_call_id": message.tool_call_id,
        "name": message.name,
    }


def _as_mapping(item: Any) -> Mapping[str, Any]:
    if isinstance(item, ToolCall):
        return {"id": item.id, "name": item.name, "arguments": item.arguments}
    if hasattr(item, "model_dump") and not isinstance(item, type):  # a message of a vendor's client
        try:
            item = item.model_dump(exclude_none=True)
        except Exception as exc:  # whatever class of the application has such a method
            raise ValueError(f"it cannot be read as data: {type(exc).__name__}") from exc
    if not isinstance(item, Mapping):
        raise ValueError("it is not a group with role and content")
    return item


def _content(value: Any, read_media: ReadMedia) -> str | tuple[Part, ...]:
    if value is None:
        return ""
    if isinstance(value, str):
        return _sendable(value)
    if not isinstance(value, (list, tuple)):
        raise ValueError("its content is neither a text nor a list of parts")
    parts: list[Part] = []
    for number, part in enumerate(value, 1):
        try:
            parts.append(_part(part, read_media))
        except ValueError as exc:
            raise ValueError(f"part {number}: {exc}") from exc
    return tuple(parts)


def _part(part: Any, read_media: ReadMedia) -> Part:
    if isinstance(part, str):
        return _sendable(part)
    if isinstance(part, Media):
        return read_media(part.kind, part)
    if not isinstance(part, Mapping):
        raise ValueError("it is neither a text nor a group")
    kind = part.get("type")
    if kind == "text":
        return _sendable(part.get("text"))
    if kind == "refusal":
        return _sendable(part.get("refusal"))
    if found := next((one for one in MEDIA_KINDS if one == kind and one in part and not _is_of_api(part, one)), None):
        return read_media(found, part[found])
    return _part_of_api(kind, part, read_media)


def _is_of_api(part: Mapping[str, Any], kind: MediaKind) -> bool:
    return isinstance(part[kind], Mapping)


def _part_of_api(kind: Any, part: Mapping[str, Any], read_media: ReadMedia) -> Media:
    inner = part.get(kind) if isinstance(kind, str) else None
    if kind == "image_url":
        return read_media("image", inner.get("url") if isinstance(inner, Mapping) else inner)
    if kind == "input_audio" and isinstance(inner, Mapping):
        form = {"mp3": "mpeg"}.get(str(inner.get("format")), inner.get("format"))
        return read_media("audio", f"data:audio/{form};base64,{inner.get('data')}")
    if kind == "file" and isinstance(inner, Mapping):
        if not isinstance(inner.get("file_data"), str):
            raise ValueError("a file by its id lies at one vendor; pass its data")
        return read_media("file", inner["file_data"])
    known = ", ".join(("text", *MEDIA_KINDS))
    raise ValueError(f"'{str(kind)[:40]}' is not a type of part; the types are {known}")


def _tool_calls(value: Any) -> tuple[ToolCall, ...]:
    if not value:
        return ()
    if not isinstance(value, (list, tuple)):
        raise ValueError("its tool_calls are not a list")
    return tuple([_tool_call(_as_mapping(one)) for one in value])


def _tool_call(call: Mapping[str, Any]) -> ToolCall:
    function = call.get("function")
    data = function if isinstance(function, Mapping) else call
    name, arguments, key = data.get("name"), data.get("arguments", "{}"), call.get("id")
    if not isinstance(name, str) or not name or not isinstance(key, str) or not key:
        raise ValueError("a call of a tool needs an id and a name")
    return ToolCall(_sendable(name), _sendable(_arguments(name, arguments)), _sendable(key))


def _arguments(name: str, value: Any) -> str:
    """As JSON: a text as the model wrote it, but `{}` for an empty one, as some servers send for no arguments."""
    try:
        text = ordered_json(value) if isinstance(value, Mapping) else value
        if not isinstance(text, str):
            _refuse_arguments(name)
        text = text if text.strip() else "{}"
        if not isinstance(parse_json(text), dict):
            raise ValueError(f"the arguments of its call '{name[:80]}' are not a JSON object")
    except RefusedJsonError as exc:
        raise ValueError(f"the arguments of its call '{name[:80]}' cannot be sent: {exc}") from exc
    except (json.JSONDecodeError, TypeError, RecursionError):
        _refuse_arguments(name)
    return text


def _refuse_arguments(name: str) -> NoReturn:
    raise ValueError(f"the arguments of its call '{name[:80]}' are not JSON")


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"its {key} is not a text")
    return _sendable(value)


def _sendable(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("its text is not a text")
    if len(value) > MAX_MESSAGE_CHARACTERS:
        raise ValueError(f"its text is longer than {MAX_MESSAGE_CHARACTERS:,} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("its text holds half of a character (a lone surrogate)") from None
    return str(value)
