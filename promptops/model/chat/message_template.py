"""The messages of a prompt as written, before values fill them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from promptops.model.chat.media import MediaKind
from promptops.model.chat.message import ToolCall
from promptops.model.finding import START, Span

ROLES = ("system", "developer", "user", "assistant", "tool")


class TextOrigin(NamedTuple):
    """Where a template's text stands in its file, so that a place in the text becomes a place in the file.

    `line` and `column` (from 1) are those of the text's first character. In a literal block every further line
    starts at `column` too; in a folded or quoted text only the first line can be placed exactly.
    """

    line: int = 1
    column: int = 1
    exact: bool = True

    def span(self, line: int, column: int = 1, width: int = 1) -> Span:
        """The file's span for line and column (from 1) of the text."""
        if not self.exact:
            return Span.at(self.line, self.column)
        return Span.at(self.line + line - 1, self.column + column - 1, width)

    def line_of(self, line: int) -> int:
        """The file's line for a line of the text."""
        return self.span(line).line


@dataclass(frozen=True, slots=True)
class TemplateText:
    """The text of a message, or of one of its parts, as written: `content` is filled before a model sees it.

    `last_line` is the line of the file that it ends in, 0 where it stands in none.
    """

    role: str
    content: str
    origin: TextOrigin = field(default=TextOrigin(), compare=False)  # one for all: it cannot change
    last_line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class MediaSlot:
    """Where a picture, file or sound goes: the value of the input `name`, which has the type `kind`."""

    kind: MediaKind
    name: str
    span: Span = field(default=START, compare=False)


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A message as written. `parts` is one text, or, where `content` is a list, any number of texts and slots.

    `when` is an expression; the message is left out where its value is empty. `tool_calls` are literal.
    """

    role: str
    parts: tuple[TemplateText | MediaSlot, ...]
    is_list: bool = False
    when: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    name: str = ""
    span: Span = field(default=START, compare=False)

    @property
    def texts(self) -> tuple[TemplateText, ...]:
        """Its texts in their order."""
        return tuple(part for part in self.parts if isinstance(part, TemplateText))

    @property
    def is_text(self) -> bool:
        """Whether a role and a text are all it has."""
        return not (self.is_list or self.when or self.tool_calls or self.tool_call_id or self.name)


@dataclass(frozen=True, slots=True)
class HistorySlot:
    """Where the messages of the input `name` go; `roles` are those it may have beside user, assistant and tool."""

    name: str
    roles: tuple[str, ...] = ()
    when: str = ""
    span: Span = field(default=START, compare=False)
    texts: tuple[TemplateText, ...] = ()


@dataclass(frozen=True, slots=True)
class ExamplesSlot:
    """Where the pairs of user and assistant in a file go, literally; `name` is the file's name as written."""

    name: str
    when: str = ""
    span: Span = field(default=START, compare=False)
    texts: tuple[TemplateText, ...] = ()


MessageItem = MessageTemplate | HistorySlot | ExamplesSlot
"""What may stand in a prompt's list of messages."""


def text_message(role: str, content: str) -> MessageTemplate:
    """A message with a role and a text, that stands in no file."""
    return MessageTemplate(role, (TemplateText(role, content),))


MESSAGES = "messages"
"""The type of an input that holds what was said so far."""
HISTORY_ROLES = ("user", "assistant", "tool")
"""Roles that need no permission in it: what comes from outside must not become an instruction."""
INSTRUCTIONS = ("system", "developer")
"""Roles whose messages a model takes orders from."""


def late_instructions(items: Sequence[MessageItem]) -> list[MessageTemplate]:
    """The messages of the system or the developer that stand behind others."""
    found: list[MessageTemplate] = []
    begun = False
    for item in items:
        if isinstance(item, MessageTemplate) and item.role in INSTRUCTIONS:
            found += [item] if begun else []
        else:
            begun = True
    return found


def begins_the_reply(items: Sequence[MessageItem]) -> bool:
    """Whether the last message is the assistant's, for a model to go on with, or to take for a reply."""
    last = items[-1] if items else None
    if isinstance(last, MessageTemplate):
        return last.role == "assistant" and not last.tool_calls
    return isinstance(last, ExamplesSlot)
