"""The tools of a prompt file with the places of what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from promptops.lint.engine.target import Target
from promptops.model.finding import Span
from promptops.source.yaml.reader import Node


class Tool(NamedTuple):
    """One function; `body` is the group that has `name`, `description` and `parameters`, `start` where it begins."""

    body: Node
    start: Span

    def text(self, key: str) -> str:
        """What stands under the key, without blanks around it; empty when nothing does."""
        return self.body.string(key).strip()

    def place(self, key: str) -> Span:
        """Where the key's value stands; the beginning of the tool when there is none."""
        node = self.body.get(key)
        return node.span if node is not None and node.kind == "scalar" and node.text else self.start


def tools_of(target: Target) -> Iterator[Tool]:
    """Every function of the file; tools that a provider brings along (`type: web_search`) are none of ours."""
    tools = target.get("tools")
    for item in tools.value if tools is not None and tools.kind == "sequence" else ():
        if item.kind != "mapping":
            continue  # P004 speaks of it
        kind, function = item.get("type"), item.get("function")
        if function is None and kind is not None and kind.kind == "scalar" and kind.text != "function":
            continue
        start = Span.at(item.span.line, item.span.column)
        yield Tool(function if function is not None and function.kind == "mapping" else item, start)
