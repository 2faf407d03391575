"""The messages of a prompt file: texts, parts, calls of tools, histories and examples."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import PromptError
from promptops.model.canonical_json import ordered_json
from promptops.model.chat.media import MEDIA_KINDS
from promptops.model.chat.message import ToolCall
from promptops.model.chat.message_template import (
    MESSAGES,
    ExamplesSlot,
    HistorySlot,
    MediaSlot,
    MessageItem,
    MessageTemplate,
    TemplateText,
)
from promptops.model.prompt import Input
from promptops.source.formats.chat.text_origins import text_origin
from promptops.source.yaml.reader import Node

_WORDS = {"messages": "messages", "image": "a picture", "file": "a document", "audio": "a sound"}


def read_messages(
    nodes: Sequence[Node], inputs: Sequence[Input], rows: list[str], path: PurePosixPath, *, plain: bool = False
) -> tuple[MessageItem, ...]:
    """The messages as written in a file with these `rows`. PromptError for the first that means nothing.

    `plain`: nothing but names is filled in, so that no condition can be worked out.
    """
    reader = _MessageReader({one.name: one for one in inputs}, rows, path, plain=plain)
    return tuple([reader.item(node) for node in nodes])


_OF_ONE_ROLE = (
    ("tool_calls", "assistant", "calls tools"),
    ("tool_call_id", "tool", "answers a call"),
)


class _MessageReader:
    def __init__(self, inputs: dict[str, Input], rows: list[str], path: PurePosixPath, *, plain: bool) -> None:
        self._inputs, self._rows, self._path, self._plain = inputs, rows, path, plain

    def item(self, node: Node) -> MessageItem:
        if self._plain and (when := node.get("when")) is not None and when.text.strip():
            hint = "add what it reads:\ninputs:\n  NAME: {type: string}"
            raise self._problem(when, "`when` needs inputs, and this file has none", hint)
        if (history := node.get("messages")) is not None:
            self._require_kind(history, MESSAGES)
            return HistorySlot(history.text, node.strings("roles"), node.string("when"), history.span)
        if (examples := node.get("examples")) is not None:
            if not examples.text.strip():
                raise self._problem(examples, "no file of examples is named", "write its name, like ./examples.jsonl")
            return ExamplesSlot(examples.text, node.string("when"), examples.span)
        return self._message(node)

    def _message(self, node: Node) -> MessageTemplate:
        role, content = node.value["role"].text.lower(), node.get("content")
        self._require_roles(node, role)
        parts: tuple[TemplateText | MediaSlot, ...] = (TemplateText(role, ""),)
        is_list = content is not None and content.kind == "sequence"
        if content is not None and is_list:
            parts = tuple([self._part(role, part) for part in content.value])
        elif content is not None:
            parts = (self._text(role, content),)
        return MessageTemplate(
            role,
            parts,
            is_list,
            node.string("when"),
            tuple([self._tool_call(call) for call in node.list("tool_calls")]),
            node.string("tool_call_id"),
            node.string("name"),
            node.span,
        )

    def _require_roles(self, node: Node, role: str) -> None:
        for key, only, what in _OF_ONE_ROLE:
            value = node.get(key)
            if value is not None and role != only and (value.value if value.kind == "sequence" else value.text):
                hint = f"write `role: {only}`, or take {key} out"
                raise self._problem(value, f"only a message with the role {only} {what}", hint)

    def _text(self, role: str, node: Node) -> TemplateText:
        return TemplateText(role, node.text, text_origin(node, self._rows), node.span.end_line)

    def _part(self, role: str, node: Node) -> TemplateText | MediaSlot:
        kind = node.value["type"].text
        value = node.get(kind)
        others = [key for key, _ in node.items() if key not in ("type", kind)]
        if value is None or others:
            wanted = f"a part of the type '{kind}' has the key '{kind}' and no other"
            example = "text: …" if kind == "text" else f"{kind}: NAME, with the name of an input"
            raise self._problem(node, wanted, f"write {{type: {kind}, {example}}}")
        if kind == "text":
            return self._text(role, value)
        self._require_kind(value, kind)
        return next(MediaSlot(one, value.text, value.span) for one in MEDIA_KINDS if one == kind)

    def _require_kind(self, node: Node, kind: str) -> None:
        found = self._inputs.get(node.text)
        if found is not None and found.kind == kind:
            return
        lines = f"inputs:\n  {node.text or 'NAME'}: {{type: {kind}}}"
        if found is None and (bare := re.fullmatch(r"\{\{\s*(\w+)\s*\}\}", node.text)):
            hint = f"write the input's name without braces: {bare[1]}"
            raise self._problem(node, f"'{node.text[:80]}' is not the name of an input", hint)
        if found is None:
            raise self._problem(node, f"no input is called '{node.text[:80]}'", f"add to the prompt:\n{lines}")
        message = f"the input '{node.text[:80]}' is not {_WORDS[kind]}"
        raise self._problem(found.span.place(self._path) or node, message, f"declare it so:\n{lines}")

    def _tool_call(self, node: Node) -> ToolCall:
        function = node.get("function") or node
        name, arguments, key = function.string("name"), function.get("arguments"), node.string("id")
        if not name or not key:
            raise self._problem(
                node,
                f"a call of a tool has no '{'id' if name else 'name'}'",
                'write {id: call_1, function: {name: NAME, arguments: "{}"}}',
            )
        return ToolCall(name, self._arguments(arguments, name), key)

    def _arguments(self, node: Node | None, name: str) -> str:
        if node is None or node.value is None:
            return "{}"
        if node.kind != "scalar":
            return ordered_json(node.as_data())
        try:
            found: Any = json.loads(node.text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise self._problem(
                node, f"the arguments of the call '{name[:80]}' are no JSON object", 'write {"NAME": VALUE}'
            )
        return node.text

    def _problem(self, at: Node | str, message: str, hint: str) -> PromptError:
        where = at if isinstance(at, str) else at.span.place(self._path)
        return PromptError(message, where=where, hint=hint)
