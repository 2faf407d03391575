"""What a value may be: the kinds of JSON, and what is in its lists and groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from math import isfinite
from typing import Any, NamedTuple

_MAX_DEPTH = 6


class Shape(NamedTuple):
    """`kinds` are those of JSON, `integer` for what is one for certain, `infinity` for what may have left JSON's
    numbers, and `other` for anything else. `items` is what a list holds, `fields` what a group holds; None: anything.
    """

    kinds: frozenset[str]
    items: Shape | None = None
    fields: Mapping[str, Shape] | None = None

    @property
    def is_same_text(self) -> bool:
        """Whether it is the same text by both rules: texts and numbers are."""
        return self.kinds <= _SAME_TEXT

    def may_be(self, *kinds: str) -> bool:
        """Whether it may be one of these."""
        return not self.kinds.isdisjoint(kinds)

    def item(self) -> Shape:
        """What a loop over it gives."""
        if self.kinds <= {"text"}:
            return TEXT
        return self.items if self.kinds <= {"list"} and self.items is not None else ANY

    def field(self, name: str) -> Shape:
        """What `.name` gives. What a group does by itself (`.items`) may be anything."""
        if self.kinds <= {"group"} and self.fields is not None and not hasattr(dict, name):
            return self.fields.get(name, ANY)
        return ANY


_SAME_TEXT = frozenset({"text", "number", "integer"})
_KINDS_OF_TYPES = {
    "string": "text", "number": "number", "integer": "number", "boolean": "boolean", "null": "null", "array": "list",
    "object": "group",
}  # fmt: skip
ANY = Shape(frozenset({*_KINDS_OF_TYPES.values(), "other"}))
TEXT = Shape(frozenset({"text"}))
INTEGER = Shape(frozenset({"integer"}))
BOOLEAN = Shape(frozenset({"boolean"}))


def list_of(item: Shape) -> Shape:
    """A list of these."""
    return Shape(frozenset({"list"}), item)


def either(shapes: Iterable[Shape]) -> Shape:
    """What may be any of these; of none, anything."""
    found = list(shapes)
    return reduce(_join, found) if found else ANY


def _join(one: Shape, other: Shape) -> Shape:
    if one == other:
        return one
    items = either([one.items, other.items]) if one.items is not None and other.items is not None else None
    lists = [shape.items for shape in (one, other) if shape.may_be("list")]
    groups = [shape.fields for shape in (one, other) if shape.may_be("group")]
    items = lists[0] if len(lists) == 1 else items
    fields = groups[0] if groups and all(each == groups[0] for each in groups) else None
    return Shape(one.kinds | other.kinds, items, fields)


def is_deep(shape: Shape, depth: int = _MAX_DEPTH) -> bool:
    """Whether lists in it are nested deeper than anybody needs to know."""
    return depth == 0 or (shape.items is not None and is_deep(shape.items, depth - 1))


def shape_of_value(value: Any, depth: int = 0) -> Shape:
    """The shape of a value that is known."""
    if isinstance(value, str):
        return TEXT
    if value is None:
        return Shape(frozenset({"null"}))
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INTEGER
    if isinstance(value, float):
        return Shape(frozenset({"number" if isfinite(value) else "infinity"}))
    if isinstance(value, (list, tuple)):
        return list_of(either(shape_of_value(each, depth + 1) for each in value) if depth < _MAX_DEPTH else ANY)
    return Shape(frozenset({"group"})) if isinstance(value, dict) else ANY


def shape_of_schema(schema: Any, depth: int = 0) -> Shape:
    """The shape of what fits a JSON Schema. Where the schema says it in a way that is not followed here: anything."""
    if not isinstance(schema, Mapping) or depth > _MAX_DEPTH or "$ref" in schema:
        return ANY
    kinds = _kinds(schema)
    for key in ("anyOf", "oneOf"):
        if isinstance(choices := schema.get(key), list) and choices and kinds == ANY.kinds:
            return either(shape_of_schema(choice, depth + 1) for choice in choices)
    if "enum" in schema or "const" in schema:
        return either(_as_number(shape_of_value(value)) for value in _choices(schema))
    items, properties = schema.get("items"), schema.get("properties")
    is_simple = isinstance(items, Mapping) and "prefixItems" not in schema
    return Shape(
        kinds,
        shape_of_schema(items, depth + 1) if is_simple else None,
        {name: shape_of_schema(one, depth + 1) for name, one in properties.items()}
        if isinstance(properties, Mapping)
        else None,
    )


def _kinds(schema: Mapping[str, Any]) -> frozenset[str]:
    types = schema.get("type")
    named = [types] if isinstance(types, str) else types if isinstance(types, list) else []
    if named and all(name in _KINDS_OF_TYPES for name in named):
        return frozenset(_KINDS_OF_TYPES[name] for name in named)
    return ANY.kinds


def _as_number(shape: Shape) -> Shape:
    """1 may come as 1.0."""
    return Shape(frozenset({"number"})) if shape == INTEGER else shape


def _choices(schema: Mapping[str, Any]) -> list[Any]:
    choices = schema.get("enum")
    return choices if isinstance(choices, list) and choices else [schema["const"]] if "const" in schema else []
