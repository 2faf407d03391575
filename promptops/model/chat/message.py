"""A message as a model receives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from promptops.model.chat.media import Media


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function the model wants called; `arguments` is the JSON text it wrote, which may be broken.

    `id` is what its result refers to. It is drawn by chance, so that two replies with the same calls are equal.
    """

    name: str
    arguments: str
    id: str = field(default="", compare=False)


Part = str | Media
"""A piece of a message: text, or a picture, file or sound."""


class Message(NamedTuple):
    """One message with its role and its final content: a text, or parts in their order.

    `tool_calls` are those that the assistant made; a message with the role `tool` answers the one with the id
    `tool_call_id`.
    """

    role: str
    content: str | tuple[Part, ...] = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    name: str = ""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The content as parts; none for an empty text."""
        if isinstance(self.content, str):
            return (self.content,) if self.content else ()
        return self.content

    @property
    def text(self) -> str:
        """All its text; parts of text follow each other on lines of their own."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part for part in self.content if isinstance(part, str))

    @property
    def media(self) -> tuple[Media, ...]:
        """Its pictures, files and sounds."""
        return () if isinstance(self.content, str) else tuple(one for one in self.content if isinstance(one, Media))

    @property
    def is_text(self) -> bool:
        """Whether a role and a text are all it has."""
        return isinstance(self.content, str) and not (self.tool_calls or self.tool_call_id or self.name)

    @property
    def identity(self) -> Any:
        """All of it as JSON data, with the digests of media in place of their bytes: for keys and records."""
        if self.is_text:
            return [self.role, self.content]
        found: dict[str, Any] = {"role": self.role}
        if isinstance(self.content, str):
            found["content"] = self.content
        else:
            found["content"] = [one if isinstance(one, str) else one.identity for one in self.content]
        if self.tool_calls:
            found["toolCalls"] = [[call.id, call.name, call.arguments] for call in self.tool_calls]
        for key, value in (("toolCallId", self.tool_call_id), ("name", self.name)):
            if value:
                found[key] = value
        return found

    @property
    def readable(self) -> str:
        """All of it as text for people: media by name, size and digest, and calls of tools as they were made."""
        if self.is_text:
            return str(self.content)
        lines = [f"(answers {self.tool_call_id})"] if self.tool_call_id else []
        lines += [part if isinstance(part, str) else f"[{part.label}]" for part in self.parts]
        lines += [f"→ {call.name}({call.arguments})" + f" ({call.id})" * bool(call.id) for call in self.tool_calls]
        return "\n".join(lines)


def template_form(messages: tuple[Message, ...]) -> list[Mapping[str, Any]]:
    """Messages as a template may read them: `role`, `content` (their text) and, where there is one, `name`."""
    return [{"role": one.role, "content": one.text, **({"name": one.name} if one.name else {})} for one in messages]
