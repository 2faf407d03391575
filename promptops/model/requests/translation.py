"""What the interfaces of vendors other than OpenAI have in common when a filled prompt is put into their words.

Each is a module with one function of the shape of `chat_arguments`, with the prompt's name as `where`. What an
interface has no place for is a RenderError before any call; nothing is left out or changed silently.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from promptops.errors import RenderError
from promptops.model.chat.message import Message, ToolCall
from promptops.model.chat.parameters import TOKEN_LIMITS

INSTRUCTIONS = frozenset({"system", "developer"})
"""Roles of what the application says, not the user."""

_VALUES: dict[str, tuple[type, str]] = {
    **dict.fromkeys(sorted(TOKEN_LIMITS), (int, "a whole number")),
    **dict.fromkeys(("extra_body", "metadata"), (Mapping, "a group of names and values")),
    "reasoning_effort": (str, "a word"),
}


def is_caching_off(parameters: Mapping[str, Any]) -> bool:
    """Whether `cacheControl: off` (or null, false) says that nothing is to be marked for a vendor's prompt cache."""
    return "cache_control" in parameters and parameters["cache_control"] in (None, False, "off")


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface as its errors name it; `where` is the prompt."""

    name: str
    where: str = ""

    def error(self, message: str, hint: str) -> RenderError:
        """The error to raise: `message` goes on after the interface's name ("has no role 'critic'")."""
        return RenderError(f"{self.name} {message}", where=self.where, hint=hint)

    def check_parameters(self, parameters: Mapping[str, Any], known: Collection[str], hint: str = "") -> None:
        """One RenderError that names all the parameters that are not among the `known`."""
        if others := [f"'{name}'" for name in parameters if name not in known]:
            what = "no parameter" if len(others) == 1 else "no parameters"
            raise self.error(f"has {what} {' or '.join(others)}", hint or "take it out of modelParameters")
        for name, (kind, words) in _VALUES.items():
            if (value := parameters.get(name)) is not None and not isinstance(value, kind):
                raise self.error(f"takes '{name}' as {words}", "correct it in modelParameters, or in promptops.yml")

    def token_limit(self, parameters: Mapping[str, Any]) -> int | None:
        """The limit of tokens under either of its names; RenderError for two that differ."""
        given = {parameters[name] for name in TOKEN_LIMITS if parameters.get(name) is not None}
        if len(given) > 1:
            hint = "say max_tokens or max_completion_tokens, not both"
            raise self.error("takes one limit of tokens, and there are two", hint)
        return next(iter(given), None)


class Instructions(NamedTuple):
    """The texts of the system and developer messages at the beginning, and the messages after them."""

    texts: tuple[str, ...]
    rest: tuple[Message, ...]


def split_instructions(messages: Iterable[Message], interface: Interface) -> Instructions:
    """What stands at the beginning apart from the rest. RenderError for media in it; empty texts are left out."""
    every = tuple(messages)
    count = next((i for i, one in enumerate(every) if one.role not in INSTRUCTIONS), len(every))
    for one in every[:count]:
        if one.media:
            hint = "put it into a user message"
            raise interface.error(f"takes no {one.media[0].kind} in a {one.role} message", hint)
    return Instructions(tuple(one.text for one in every[:count] if one.text), every[count:])


def refuse_later_instructions(messages: Iterable[Message], interface: Interface) -> None:
    """RenderError for a system or developer message that does not stand at the beginning."""
    for one in messages:
        if one.role in INSTRUCTIONS:
            hint = "move it before the first user message, or make it a user message"
            raise interface.error(f"takes {one.role} messages at the beginning only", hint)


class Turn(NamedTuple):
    """Messages of one side that follow each other: interfaces that want the two sides in turn get them as one.

    `role` is `user`, which tool results belong to, `assistant`, or that of instructions in the middle.
    """

    role: str
    messages: tuple[Message, ...]


def merge_turns(messages: Iterable[Message]) -> list[Turn]:
    """Neighbours of one side together; several results of tools in a row are one turn."""
    turns: list[Turn] = []
    for one in messages:
        role = "user" if one.role == "tool" else "system" if one.role in INSTRUCTIONS else one.role
        if turns and turns[-1].role == role:
            turns[-1] = Turn(role, (*turns[-1].messages, one))
        else:
            turns.append(Turn(role, (one,)))
    return turns


def call_arguments(call: ToolCall, interface: Interface) -> dict[str, Any]:
    """The arguments of a call that the assistant made, as data; RenderError where they are no JSON object."""
    try:
        found = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        hint = 'write its arguments as a JSON object, like {"city": "Oslo"}'
        raise interface.error(f"takes a call's arguments as an object, and those of '{call.name}' are none", hint)
    return found


def names_of_calls(messages: Iterable[Message]) -> dict[str, str]:
    """By id, the function of each call that an assistant made: some interfaces want it beside the result."""
    return {call.id: call.name for one in messages for call in one.tool_calls}


class Function(NamedTuple):
    """A tool: `parameters` is a JSON Schema, `others` what else is said of it (`strict`)."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    others: Mapping[str, Any]


def read_functions(tools: Iterable[Mapping[str, Any]], interface: Interface) -> list[Function]:
    """The functions among `tools`, in OpenAI's form or without its outer level. RenderError for any other tool."""
    found = []
    for tool in tools:
        kind = tool.get("type", "function")
        inner = tool.get("function") if "function" in tool else tool
        if kind != "function" or not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
            hint = "write {type: function, function: {name, description, parameters}}"
            raise interface.error(f"is given functions only, and a tool is of the type '{kind}'", hint)
        parameters = inner.get("parameters") or {"type": "object", "properties": {}}
        if not isinstance(parameters, Mapping):
            hint = "write {type: object, properties: {…}}"
            raise interface.error(f"takes parameters as a group, and those of '{inner['name']}' are none", hint)
        others = {name: value for name, value in inner.items() if name not in _OF_FUNCTION}
        found.append(Function(inner["name"], str(inner.get("description") or ""), parameters, others))
    return found


_OF_FUNCTION = frozenset({"type", "name", "description", "parameters"})


class ToolChoice(NamedTuple):
    """Which tool the model shall call: `mode` is `auto`, `none`, `required`, or `function` with a `name`."""

    mode: str
    name: str = ""


def read_tool_choice(value: object, interface: Interface) -> ToolChoice | None:
    """`tool_choice` as OpenAI's interfaces take it; None where nothing is said. RenderError for any other form."""
    if value is None:
        return None
    if value in ("auto", "none", "required"):
        return ToolChoice(str(value))
    if isinstance(value, Mapping) and value.get("type", "function") == "function":
        inner = value.get("function", value)
        if isinstance(inner, Mapping) and isinstance(inner.get("name"), str):
            return ToolChoice("function", inner["name"])
    hint = "write auto, none, required or {type: function, function: {name: NAME}}"
    raise interface.error(f"cannot be told the tool_choice {json.dumps(value, default=str)}", hint)


class ReplyFormat(NamedTuple):
    """The form of the reply: `kind` is `text`, `json_object` or `json_schema`; `definition` has `name` and `schema`."""

    kind: str
    definition: Mapping[str, Any] = {}

    @property
    def schema(self) -> Mapping[str, Any]:
        """What a `json_schema` reply must fit."""
        found: Mapping[str, Any] = self.definition.get("schema") or {}
        return found


def read_reply_format(
    parameters: Mapping[str, Any], response_format: str, json_schema: Mapping[str, Any] | None
) -> ReplyFormat:
    """What the prompt says, or where it says `text` the `response_format` among its parameters, in OpenAI's form."""
    if response_format != "text":
        return ReplyFormat(response_format, json_schema or {})
    given = parameters.get("response_format")
    if isinstance(given, Mapping):
        return ReplyFormat(str(given.get("type", "text")), given.get("json_schema") or {})
    return ReplyFormat(given if isinstance(given, str) else "text")


def stop_texts(value: object, interface: Interface) -> list[str]:
    """`stop` as a list; RenderError for what is neither a text nor a list of texts."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        raise interface.error("takes 'stop' as a text or a list of texts", "write stop: [END]")
    return list(found)
