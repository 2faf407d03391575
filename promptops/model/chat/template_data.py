"""The messages of a prompt as JSON data and back: what a digest covers and what another process is told.

A message that is a role and a text is `[role, text]`, as it was before there was anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promptops.model.chat.media import MEDIA_KINDS
from promptops.model.chat.message import ToolCall
from promptops.model.chat.message_template import (
    ExamplesSlot,
    HistorySlot,
    MediaSlot,
    MessageItem,
    MessageTemplate,
    TemplateText,
)


def item_to_data(item: MessageItem) -> Any:
    """One item of a prompt's messages, without what it does not say and without its places."""
    match item:
        case MessageTemplate():
            return [item.role, item.texts[0].content] if item.is_text else _message(item)
        case HistorySlot():
            return _stated({"messages": item.name, "roles": list(item.roles), "when": item.when})
        case ExamplesSlot():
            return _stated({"examples": item.name, "when": item.when})


def item_from_data(data: Any) -> MessageItem:
    """The item that `item_to_data` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    if isinstance(data, list):
        role, content = data
        return MessageTemplate(role, (TemplateText(role, content),))
    when = str(data.get("when", ""))
    if "messages" in data:
        return HistorySlot(str(data["messages"]), tuple(data.get("roles", ())), when)
    if "examples" in data:
        return ExamplesSlot(str(data["examples"]), when)
    role, content = data["role"], data["content"]
    parts = [content] if isinstance(content, str) else content
    return MessageTemplate(
        role,
        tuple(_part_from_data(role, part) for part in parts),
        is_list=not isinstance(content, str),
        when=when,
        tool_calls=tuple(ToolCall(name, arguments, key) for key, name, arguments in data.get("toolCalls", ())),
        tool_call_id=str(data.get("toolCallId", "")),
        name=str(data.get("name", "")),
    )


def readable_item(item: MessageItem) -> tuple[str, str]:
    """Role and text of a message as written, for people: what is not text stands in brackets."""
    condition = f"[when: {item.when}]\n" if item.when else ""
    match item:
        case MessageTemplate():
            lines = [f"[name: {item.name}]"] if item.name else []
            lines += [f"[answers {item.tool_call_id}]"] if item.tool_call_id else []
            lines += [
                part.content if isinstance(part, TemplateText) else f"[{part.kind}: {part.name}]" for part in item.parts
            ]
            lines += [f"→ {call.name}({call.arguments}) ({call.id})" for call in item.tool_calls]
            return item.role, condition + "\n".join(lines)
        case HistorySlot():
            roles = f" with the roles {', '.join(item.roles)}" if item.roles else ""
            return "messages", f"{condition}[the messages of {item.name}{roles}]"
        case ExamplesSlot():
            return "examples", f"{condition}[the examples in {item.name}]"


def _message(item: MessageTemplate) -> dict[str, Any]:
    parts = [one.content if isinstance(one, TemplateText) else {one.kind: one.name} for one in item.parts]
    content = parts if item.is_list else item.texts[0].content
    calls = [[call.id, call.name, call.arguments] for call in item.tool_calls]
    extras = {"when": item.when, "toolCalls": calls, "toolCallId": item.tool_call_id, "name": item.name}
    return {"role": item.role, "content": content, **_stated(extras)}


def _part_from_data(role: str, part: str | Mapping[str, str]) -> TemplateText | MediaSlot:
    if isinstance(part, str):
        return TemplateText(role, part)
    ((kind, name),) = part.items()
    found = next((one for one in MEDIA_KINDS if one == kind), None)
    if found is None:
        raise ValueError(f"'{kind}' is not a kind of part")
    return MediaSlot(found, name)


def _stated(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value}
