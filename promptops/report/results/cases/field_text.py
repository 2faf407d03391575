"""A case's field as people read it: text as it is, a conversation as a dialogue, anything else as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from promptops.model.chat.media import MEDIA_KINDS
from promptops.model.chat.message import ToolCall
from promptops.model.chat.message_template import ROLES
from promptops.report.results.field_changes import call_words

_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)[^,]{0,100};base64,")
_LIKE_MESSAGES = re.compile(r"\s*\[\s*\{")
_LONGEST_PARSED = 1_000_000
"""Characters of a text that is looked at for a conversation, as a cell of a table has one."""


def field_text(value: Any) -> str:
    """The field in words; a picture that stands in it as data by its type and size."""
    if isinstance(value, str):
        return _dialogue_in(value) or _without_data(value)
    if (dialogue := _dialogue(value)) is not None:
        return dialogue
    return _json(value)


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError):
        return "(cannot be shown)"


def _without_data(text: str) -> str:
    if (found := _DATA_URI.match(text)) is None:
        return text
    return f"[{found[1]} as data, {(len(text) - found.end()) * 3 // 4:,} bytes]"


def _dialogue_in(text: str) -> str | None:
    if not _LIKE_MESSAGES.match(text) or '"role"' not in text or len(text) > _LONGEST_PARSED:
        return None
    try:
        return _dialogue(json.loads(text))
    except (ValueError, RecursionError):
        return None


def _dialogue(value: Any) -> str | None:
    """`user: …`, `assistant → find_order(order_id: 5)`, `tool (find_order): …`; None for what is no conversation.

    Further lines of a text are indented, so that none can pass for a message of its own.
    """
    if not isinstance(value, (list, tuple)) or not value or not all(map(_is_message, value)):
        return None
    names: dict[str, str] = {}
    return "\n".join(line for message in value for line in _lines(message, names))


def _is_message(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("role") in ROLES


def _lines(message: Mapping[str, Any], names: dict[str, str]) -> Iterator[str]:
    """The lines of one message; `names` are those of the functions called so far, by the calls' ids."""
    calls = list(_calls(message.get("tool_calls")))
    names.update((call.id, call.name) for call in calls)
    answered = names.get(str(message.get("tool_call_id")), "")
    who = " ".join(str(answered or message.get("name") or "").split())  # a line break would begin another's words
    speaker = message["role"] + (f" ({who})" if who else "")
    content = message.get("content")
    if content or not calls:
        yield f"{speaker}: {_indented(_content(content))}"
    for call in calls:
        yield f"{speaker} → {_indented(call_words(call))}"


def _indented(text: str) -> str:
    return "\n  ".join(text.splitlines())


def _content(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, (list, tuple)):
        return "\n".join(map(_part, content))
    return "" if content is None else _json(content)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping) and isinstance(kind := part.get("type"), str):
        if isinstance(text := part.get("text"), str):
            return text
        found = part.get(kind)
        if isinstance(found, Mapping):  # OpenAI's form
            found = found.get("url") or found.get("file_data")
        if isinstance(found, str):
            shown = _without_data(found)
            return shown if shown != found else f"[{kind if kind in MEDIA_KINDS else kind.split('_')[0]} {found}]"
    return _json(part)


def _calls(value: Any) -> Iterator[ToolCall]:
    for call in value if isinstance(value, Sequence) and not isinstance(value, str) else ():
        if isinstance(call, Mapping):
            function = call.get("function")
            data = function if isinstance(function, Mapping) else call
            arguments = data.get("arguments", "")
            text = arguments if isinstance(arguments, str) else _json(arguments)
            yield ToolCall(str(data.get("name")), text, str(call.get("id")))
