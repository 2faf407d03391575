"""Where files hold a JSON Schema, each as YAML with the places of its values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import option
from promptops.lint.located_values.linked_files import JsonText, located_value
from promptops.lint.located_values.tools import tools_of
from promptops.model.finding import Span
from promptops.source.yaml.reader import Node


class Schema(NamedTuple):
    """A schema: `purpose` is what it is for, `strict` whether it asks for OpenAI's strict form.

    `path` is the file it stands in, `wrapper` the group `{name, schema, strict}` around it. `json` is set when it is
    written as a JSON text.
    """

    purpose: str
    root: Node
    path: PurePosixPath
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
                yield Schema("input", node, target.path)
        yield from _of_reply(target)
        for tool in tools_of(target):
            parameters = tool.body.get("parameters")
            if parameters is not None and parameters.kind == "mapping":
                yield Schema("tool", parameters, tool.path, tool.body.is_true("strict"), json=tool.json)
    for kind, options in target.evaluators:
        schema = option(options, kind.reply_schema)
        if schema is not None and schema.kind == "mapping":
            yield Schema("check", schema, target.path)


def _of_reply(target: Target) -> Iterator[Schema]:
    found = located_value(target, "jsonSchema")
    if found is None or found.node.kind != "mapping":
        return
    node, inner = found.node, found.node.get("schema")
    if inner is not None and inner.kind == "mapping":
        yield Schema("reply", inner, found.path, node.is_true("strict"), node, found.json)
    else:
        yield Schema("reply", node, found.path, json=found.json)
