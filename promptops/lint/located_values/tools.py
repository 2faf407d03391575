"""The tools of a prompt with the places of what they say, in its file or in one of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.lint.engine.target import Target
from promptops.lint.located_values.linked_files import JsonText, LocatedValue, located_value
from promptops.model.finding import Span
from promptops.source.yaml.reader import Node


class Tool(NamedTuple):
    """One function; `body` is the group that has `name`, `description` and `parameters`, `start` where it begins.

    `path` is the file that it stands in; `json` is set where it is written as a JSON text there.
    """

    body: Node
    start: Span
    path: PurePosixPath
    json: JsonText | None = None

    def text(self, key: str) -> str:
        """What stands under the key, without blanks around it; empty when nothing does."""
        return self.body.string(key).strip()

    def place(self, key: str) -> Span:
        """Where the key's value stands; the beginning of the tool when there is none."""
        node = self.body.get(key)
        return self.at(node.span) if node is not None and node.kind == "scalar" and node.text else self.start

    def at(self, span: Span) -> Span:
        """Where in the file something of the tool stands."""
        return self.json.place(span) if self.json is not None else span


def tools_of(target: Target) -> Iterator[Tool]:
    """Every function of the prompt; tools that a provider brings along (`type: web_search`) are none of ours."""
    found = located_value(target, "tools")
    if found is not None and found.node.kind == "sequence":
        yield from _tools(found)


def _tools(found: LocatedValue) -> Iterator[Tool]:
    for item in found.node.value:
        if item.kind != "mapping":
            continue  # P004 speaks of it
        kind, function = item.get("type"), item.get("function")
        if function is None and kind is not None and kind.kind == "scalar" and kind.text != "function":
            continue
        start = found.place(Span.at(item.span.line, item.span.column))
        body = function if function is not None and function.kind == "mapping" else item
        yield Tool(body, start, found.path, found.json)
