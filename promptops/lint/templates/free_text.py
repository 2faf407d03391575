"""Whether a value may hold what somebody typed, by its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_WITHOUT_TEXT = frozenset({"integer", "number", "boolean", "null"})


def may_hold_text(schema: Any) -> bool:
    """Whether a text that is not one of the prompt's own choices fits. A schema that says it in other ways may."""
    if not isinstance(schema, Mapping):
        return schema is not False
    if "enum" in schema or "const" in schema:
        return False
    kinds = schema.get("type")
    named = {kinds} if isinstance(kinds, str) else {*kinds} if isinstance(kinds, list) else {""}
    rest = named - _WITHOUT_TEXT
    if rest == {"array"}:
        return "prefixItems" in schema or may_hold_text(schema.get("items", True))
    if rest == {"object"}:
        fields = schema.get("properties")
        if "patternProperties" in schema or not isinstance(fields, Mapping):
            return True
        return may_hold_text(schema.get("additionalProperties", True)) or any(map(may_hold_text, fields.values()))
    return bool(rest)


def part_of(schema: Any, path: Iterable[str]) -> Any:
    """The schema of what `.name.name` gives; True, which says nothing, where that is not told."""
    for name in path:
        fields = schema.get("properties") if isinstance(schema, Mapping) and "$ref" not in schema else None
        schema = fields.get(name, True) if isinstance(fields, Mapping) and not hasattr(dict, name) else True
    return schema


def item_of(schema: Any) -> Any:
    """The schema of what a loop over it gives; True where that is not told."""
    if not isinstance(schema, Mapping) or schema.get("type") != "array" or "prefixItems" in schema:
        return True
    return schema.get("items", True)
