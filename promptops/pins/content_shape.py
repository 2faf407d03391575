"""Whether what was sealed is a prompt: a bundle may hold whatever somebody wrote, with a digest that fits it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promptops.model.chat.message_template import (
    MESSAGES,
    ExamplesSlot,
    HistorySlot,
    MediaSlot,
    MessageItem,
    MessageTemplate,
)
from promptops.model.sealed_prompt import MESSAGES_FORMAT
from promptops.templating.closure import ITSELF, Closure

_NEW_KEYS = {"requires": str, "examples": Mapping, "files": Mapping}


def require_content(data: Mapping[str, Any]) -> None:
    """TypeError or KeyError where a value of a content is not of its type."""
    form = data["format"]
    for key, kind in _NEW_KEYS.items() if form >= MESSAGES_FORMAT else ():
        _require(isinstance(data[key], kind))
    _require(form >= MESSAGES_FORMAT or all(isinstance(one, list) for one in data["messages"]))
    _require(type(form) is int and type(data["plain"]) is bool)
    _require(isinstance(data["messages"], list) and isinstance(data["tools"], list))
    _require(all(isinstance(data[key], str) for key in ("model", "responseFormat")))
    _require(isinstance(data["parameters"], Mapping) and isinstance(data["jsonSchema"], (Mapping, type(None))))
    _require(all(isinstance(one, Mapping) for one in data["tools"]))
    _require(all(isinstance(names, Mapping) and _are_texts(names.values()) for names in data["references"].values()))
    inputs = data["inputs"].values()
    _require(all(isinstance(one["schema"], Mapping) and type(one["required"]) is bool for one in inputs))


def require_closed(closure: Closure) -> None:
    """TypeError or KeyError where a message is none, or names an input or a file of examples that is not there."""
    kinds = {one.name: one.kind for one in closure.prompt.inputs}
    for item in closure.prompt.messages:
        _require(isinstance(item.when, str))
        _require_item(item, kinds, closure)


def _require_item(item: MessageItem, kinds: Mapping[str, str], closure: Closure) -> None:
    match item:
        case MessageTemplate():
            _require(_are_texts([item.role, *(one.content for one in item.texts)]))
            for part in item.parts:
                _require(not isinstance(part, MediaSlot) or kinds[part.name] == part.kind)
            for call in item.tool_calls:
                _require(_are_texts((call.id, call.name, call.arguments)))
        case HistorySlot():
            _require(kinds[item.name] == MESSAGES and _are_texts(item.roles))
        case ExamplesSlot():
            _require(closure.references[ITSELF][item.name] in closure.examples)


def _are_texts(values: Any) -> bool:
    return all(isinstance(one, str) for one in values)


def _require(holds: bool) -> None:
    if not holds:
        raise TypeError
