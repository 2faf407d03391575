"""The values of a prompt's histories, pictures, documents and sounds, read before any template sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from promptops.errors import RenderError
from promptops.model.chat.media import Media, MediaKind
from promptops.model.chat.message import Message, template_form
from promptops.model.chat.message_template import MESSAGES
from promptops.model.prompt import Prompt
from promptops.templating.chat.history import read_history
from promptops.templating.chat.media_values import ReadMedia
from promptops.templating.value_text import MediaStandIn


class ChatValues(NamedTuple):
    """By input: messages, and media (None where none is given)."""

    histories: Mapping[str, tuple[Message, ...]]
    media: Mapping[str, Media | None]

    def as_json(self) -> dict[str, Any]:
        """What stands for them where values must be JSON: the messages' texts, and true for a picture."""
        found: dict[str, Any] = {name: template_form(one) for name, one in self.histories.items()}
        return found | {name: None if one is None else True for name, one in self.media.items()}


def read_chat_values(prompt: Prompt, values: Mapping[str, Any], read_media: ReadMedia, where: str) -> ChatValues:
    """Those of the values that are given. RenderError names the input that does not fit."""
    histories: dict[str, tuple[Message, ...]] = {}
    media: dict[str, Media | None] = {}
    for item in prompt.inputs:
        if not item.kind or (item.name not in values and item.required):
            continue  # that it is missing is told with those of the other inputs
        value = values.get(item.name, item.default)
        try:
            if item.kind == MESSAGES:
                histories[item.name] = read_history(from_cell(value), read_media)
            else:
                is_empty = value is None or (isinstance(value, str) and not value)  # as a table's cell without a name
                is_left_out = is_empty and not item.required
                media[item.name] = None if is_left_out else read_media(cast(MediaKind, item.kind), value)
        except ValueError as exc:
            raise RenderError(f"the input '{item.name}' does not fit: {exc}", where=where) from exc
    return ChatValues(histories, media)


def stand_ins(prompt: Prompt, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with a MediaStandIn for each picture, document and sound that is there."""
    found = {one.name: one.kind for one in prompt.inputs if one.kind and one.kind != MESSAGES}
    return {
        name: MediaStandIn(name, found[name]) if name in found and value is not None else value
        for name, value in values.items()
    }


def from_cell(value: Any) -> Any:
    """A cell of a table holds a history as JSON."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
