"""Where files hold a JSON Schema, each as YAML with the places of its values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from promptops.errors import PromptError
from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import option
from promptops.lint.located_values.tools import tools_of
from promptops.model.chat.message_template import TextOrigin
from promptops.model.finding import Span
from promptops.source.formats.chat.text_origins import text_origin
from promptops.source.yaml.reader import Node, read_yaml

_MOST_JSON = 200_000
"""A longer JSON text is not looked into: reading it takes its time, and nobody wrote it by hand."""


class JsonText(NamedTuple):
    """A schema that is written as a JSON text in a value of the file, and where that text begins."""

    key: Span
    value: Node
    origin: TextOrigin
    rows: list[str]

    def place(self, span: Span) -> Span:
        """The file's span for one of the text; the key where it cannot be worked out."""
        if self.origin.exact:
            width = span.end_column - span.column if span.line == span.end_line else 1
            return self.origin.span(span.line, span.column, max(1, width))
        # A folded text moved its characters: the same words, if they stand there once.
        row = self.value.text.split("\n")[span.line - 1]
        words = row[span.column - 1 : span.end_column - 1 if span.line == span.end_line else span.column]
        found = [
            Span.at(line, match + 1, len(words))
            for line in range(self.value.span.line, min(self.value.span.end_line, len(self.rows)) + 1)
            for match in _all(self.rows[line - 1], words)
        ]
        return found[0] if len(found) == 1 else self.key


def _all(row: str, words: str) -> Iterator[int]:
    """Where the words stand in the row; one letter alone says nothing."""
    start = row.find(words) if len(words) > 1 else -1
    while start >= 0:
        yield start
        start = row.find(words, start + 1)


class Schema(NamedTuple):
    """A schema: `purpose` is what it is for, `strict` whether it asks for OpenAI's strict form.

    `wrapper` is the group `{name, schema, strict}` around it. `json` is set when it is written as a JSON text.
    """

    purpose: str
    root: Node
    strict: bool = False
    wrapper: Node | None = None
    json: JsonText | None = None

    def place(self, span: Span) -> Span:
        """Where in the file something of the schema stands."""
        if self.json is not None:
            return self.json.place(span)
        return span if span.line == span.end_line else Span.at(span.line, span.column)


def schemas_of(target: Target) -> Iterator[Schema]:
    """Every schema of a prompt or a suite; those that are no group at all are for P004 and P307."""
    root = target.node
    if root is None:
        return
    if target.kind == "prompt":
        for _, node in root.group("inputs").items():
            if node.kind == "mapping":
                yield Schema("input", node)
        yield from _of_reply(target, root)
        for tool in tools_of(target):
            parameters = tool.body.get("parameters")
            if parameters is not None and parameters.kind == "mapping":
                yield Schema("tool", parameters, tool.body.is_true("strict"))
    for kind, options in target.evaluators:
        schema = option(options, kind.reply_schema)
        if schema is not None and schema.kind == "mapping":
            yield Schema("check", schema)


def _of_reply(target: Target, root: Node) -> Iterator[Schema]:
    node, written = root.get("jsonSchema"), None
    if node is not None and node.kind == "scalar":
        written = JsonText(root.key_spans["jsonSchema"], node, text_origin(node, target.rows), target.rows)
        node = _read(node.text)
    if node is None or node.kind != "mapping":
        return
    inner = node.get("schema")
    if inner is not None and inner.kind == "mapping":
        yield Schema("reply", inner, node.is_true("strict"), node, written)
    else:
        yield Schema("reply", node, json=written)


def _read(text: str) -> Node | None:
    """JSON is YAML, and YAML keeps the places; None where they differ, for what is neither (P004), and for a lot."""
    try:
        if len(text) > _MOST_JSON:
            return None
        json.loads(text)
        return read_yaml(text)
    except (PromptError, ValueError, RecursionError):
        return None
