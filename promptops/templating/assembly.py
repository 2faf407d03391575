"""Filled texts, histories, examples and media put together: the messages a model is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from promptops.errors import RenderError
from promptops.model.chat.message import Message, Part, ToolCall
from promptops.model.chat.message_template import (
    HISTORY_ROLES,
    ExamplesSlot,
    HistorySlot,
    MessageTemplate,
    TemplateText,
)
from promptops.templating.chat.chat_values import ChatValues
from promptops.templating.chat.examples import read_examples
from promptops.templating.closure import ITSELF, Closure

Filled = Sequence[Sequence[str] | None]
"""For each item of a prompt's messages its texts filled, or None where it is left out."""


def assemble(closure: Closure, filled: Filled, values: ChatValues, where: str) -> tuple[Message, ...]:
    """The messages. RenderError for a history with a role it may not have, and for calls without a result."""
    messages = tuple(_messages(closure, filled, values, where))
    if not messages:
        raise RenderError("no message is left to be sent", where=where, hint="`when` of every message is empty")
    if not closure.prompt.is_text_only:  # else it is a file as it always was, and is sent as it stands
        _require_results(messages, where)
    return messages


def _messages(closure: Closure, filled: Filled, values: ChatValues, where: str) -> Iterator[Message]:
    for item, texts in zip(closure.prompt.messages, filled, strict=True):
        if texts is None:
            continue
        match item:
            case MessageTemplate():
                yield _message(item, texts, values, where)
            case HistorySlot():
                yield from _history(item, values.histories[item.name], where)
            case ExamplesSlot():
                path = closure.references[ITSELF][item.name]
                yield from read_examples(closure.examples[path], path)


def _message(item: MessageTemplate, texts: Sequence[str], values: ChatValues, where: str) -> Message:
    more = (item.tool_calls, item.tool_call_id, item.name)
    if not item.is_list:
        return Message(item.role, texts[0], *more)
    waiting = iter(texts)
    parts: list[Part] = []
    for part in item.parts:
        if isinstance(part, TemplateText):
            parts.append(next(waiting))
        elif (media := values.media[part.name]) is not None:
            parts.append(media)
    if not parts:
        names = ", ".join(f"'{part.name}'" for part in item.parts if not isinstance(part, TemplateText))
        hint = "add `when: NAME` to the message, so that it is left out"
        raise RenderError(f"a message of the {item.role} is empty without {names}", where=where, hint=hint)
    return Message(item.role, tuple(parts), *more)


def _history(slot: HistorySlot, messages: tuple[Message, ...], where: str) -> tuple[Message, ...]:
    if refused := refused_role(slot, messages):
        hint = f"if that is meant, allow it in the prompt: {{messages: {slot.name}, roles: [{refused.role}]}}"
        raise RenderError(f"the input '{slot.name}' does not fit: {refused.problem}", where=where, hint=hint)
    return messages


class RefusedRole(NamedTuple):
    """A role that a message of a history may not have, and the sentence that says so."""

    role: str
    problem: str


def refused_role(slot: HistorySlot, messages: Sequence[Message]) -> RefusedRole | None:
    """The first role that a message may not have; None where all may."""
    allowed = (*HISTORY_ROLES, *slot.roles)
    for number, message in enumerate(messages, 1):
        if message.role not in allowed:
            problem = f"message {number} has the role '{message.role}', which would make an instruction of it"
            return RefusedRole(message.role, problem)
    return None


def _require_results(messages: tuple[Message, ...], where: str) -> None:
    """RenderError for a call of the assistant without a result before anybody else speaks, and for a result without
    its call: no vendor takes either."""
    open_calls = set[str]()
    for message in messages:
        if message.role == "tool":
            if message.tool_call_id not in open_calls:
                key = message.tool_call_id[:80]
                problem = f"nobody made the call '{key}' that" if key else "nothing says which call"
                hint = "a result stands right behind the assistant's message with its call, once, with its tool_call_id"
                raise RenderError(f"{problem} a tool's message answers", where=where, hint=hint)
            open_calls.remove(message.tool_call_id)
        elif open_calls:
            break
        else:
            open_calls = {one.id for one in message.tool_calls}
    if (call := open_call(messages)) is not None:
        hint = f"add a message {{role: tool, tool_call_id: {call.id}, content: …}} behind it"
        raise RenderError(f"the assistant's call of '{call.name}' ({call.id}) has no result", where=where, hint=hint)


def open_call(messages: Iterable[Message]) -> ToolCall | None:
    """The first call of the assistant that has no result when somebody else than a tool speaks, or at the end."""
    waiting: dict[str, ToolCall] = {}
    for message in messages:
        if message.role == "tool":
            waiting.pop(message.tool_call_id, None)
        elif waiting:
            break
        else:
            waiting = {call.id: call for call in message.tool_calls}
    return next(iter(waiting.values()), None)
