"""A value without quotes means one thing here and another to other programs.

There are two versions of YAML. For one, `no`, `on` and `12:30` are texts; for the other, they are false, true and
the number 750. Of `1.10` many programs keep only 1.1. Between quotes a text is the same text everywhere.

Bad:   enum: [yes, no]
Good:  enum: ["yes", "no"]
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.lint.engine.limits import limited
from promptops.lint.engine.locations import test_data
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.ambiguous_scalars import NUMBER_START, WORDS, Use, readings
from promptops.lint.located_values.evaluators import option
from promptops.lint.located_values.held_out_cases import held_out_case_at
from promptops.lint.located_values.linked_files import located_value
from promptops.model.finding import Finding, Fix, Span
from promptops.source.yaml.reader import Node

_NUMBERS = ("number", "integer")
_SCHEMA_VALUES = ("enum", "const", "default")
_FORMS = tuple(form for word in WORDS if len(word) > 1 for form in (word, word.title(), word.upper()))
_KEYS_TO_QUOTE = tuple(f"{before}{form}:" for form in _FORMS for before in " {")
_NUMBERS_AT_MODEL = tuple(f"model: {sign}" for sign in NUMBER_START)

_Place = tuple[Node, Use]

CODE = "P005"
PREFILTER = Prefilter(
    ("prompt", "suite", "project"),
    (*_SCHEMA_VALUES, "tools:", "jsonSchema:", "testData", "models:", *_NUMBERS_AT_MODEL, *_KEYS_TO_QUOTE),
    ("json_values", "reply_schema"),
)


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such value, and each such key, where its exact form matters. Booleans are told by P306 and P404."""
    told: set[tuple[PurePosixPath, Span]] = set()
    for path, node, use in _located(target):
        found = readings(node, use)
        if found is None or (path, node.span) in told:
            continue
        told.add((path, node.span))
        ours, theirs = found
        if path == target.path and (case := held_out_case_at(target.get("testData"), node.span)):
            message = f"a value of the held-out case on line {case.span.line} means another thing to other programs"
            yield Finding(target.path, test_data(target), CODE, message, "put it in quotes", "warning")
            continue
        text, quoted = node.text, f'"{node.text}"'
        message = f"'{text}' without quotes is {ours} here, and {theirs} to other programs"
        if ours == theirs:
            message = f"'{text}' without quotes is {ours}"
        hint = f"put it in quotes: {quoted}"
        fix = Fix(node.span, quoted) if ours == "text" else None
        if fix is None:
            hint += f"; if it is a number, write {node.value!r}"
        yield Finding(path, node.span, CODE, message, hint, "warning", fix)


def _located(target: Target) -> Iterator[tuple[PurePosixPath, Node, Use]]:
    """Every such place of the file, and of the YAML files that its tools and its schema stand in."""
    yield from ((target.path, node, use) for node, use in _places(target))
    for key in ("jsonSchema", "tools") if target.kind == "prompt" else ():
        named = target.get(key)
        if named is None or named.kind != "scalar" or not named.text.strip().lower().endswith((".yml", ".yaml")):
            continue
        if (found := located_value(target, key)) is not None and found.path != target.path:
            yield from ((found.path, node, use) for node, use in _of_schema(found.node))


def _places(target: Target) -> Iterator[_Place]:
    """Every value and key of the file whose exact form matters."""
    root = target.node
    if root is None:
        return
    if target.kind == "project":
        for _, model in root.group("models").items():
            yield from _names(model.get("model"))
        return
    yield from _names(root.get("model"))
    yield from _names(root.get("models"))
    inputs = root.group("inputs")
    if target.kind == "prompt":
        yield from _keys(inputs)
        for key in ("inputs", "jsonSchema", "tools"):
            yield from _of_schema(root.get(key))
    types = {name: one.string("type") for name, one in inputs.items()}
    for case in _list(root.get("testData")):
        yield from _keys(case)
        for key, value in case.items():
            if (declared := types.get(key)) != "boolean":
                yield from _free(value, "value" if declared in _NUMBERS else "text")
    for kind, options in target.evaluators:
        for key in kind.json_values:
            yield from _free(options.get(key), "value")
        yield from _of_schema(option(options, kind.reply_schema))


def _of_schema(node: Node | None) -> Iterator[_Place]:
    """The values that a schema compares with, at any depth."""
    if node is None or node.kind == "scalar":
        return
    if node.kind == "sequence":
        for child in node.value:
            yield from _of_schema(child)
        return
    kind = node.string("type")
    for key, child in node.items():
        if key not in _SCHEMA_VALUES:
            yield from _of_schema(child)
        elif kind != "boolean":
            yield from _free(child, "value" if kind in _NUMBERS else "text" if key == "default" else "compared")


def _free(node: Node | None, use: Use) -> Iterator[_Place]:
    """Every value and key at and below `node`."""
    if node is None:
        return
    if node.kind == "scalar":
        yield node, use
        return
    for child in node.value.values() if node.kind == "mapping" else node.value:
        yield from _free(child, use)
    yield from _keys(node)


def _keys(node: Node) -> Iterator[_Place]:
    """The keys of a mapping that others take for true or false; a `y` or an `n` there is somebody's short name."""
    for key, span in node.key_spans.items():
        quoted = span.end_column - span.column != len(key)
        if key.lower() in WORDS and len(key) > 1 and not quoted:
            yield Node("scalar", key, span, key), "text"


def _names(node: Node | None) -> Iterator[_Place]:
    """Names of models, which are texts however they are written."""
    if node is not None:
        for one in [node] if node.kind == "scalar" else _list(node):
            yield one, "text"


def _list(node: Node | None) -> list[Node]:
    return list(node.value) if node is not None and node.kind == "sequence" else []
