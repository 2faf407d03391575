"""JSON Schema as Python's types: as exact as both can say it, and never narrower than what a prompt takes.

A TypedDict takes no keys but its own. So a group becomes one only where its schema lists its keys and does not say that
others are welcome (`additionalProperties: true`, a schema, `patternProperties`); else it is a Mapping.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from promptops.model.chat.media import MEDIA_KINDS
from promptops.model.chat.message_template import MESSAGES
from promptops.model.prompt import Input
from promptops.workflows.types.python_source import ClassNames, literal

_SIMPLE = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_DEEPEST = 20
ANY, NONE, MEDIA, HISTORY = "Any", "None", "str | bytes | Path", "Sequence[Mapping[str, Any] | ClientMessage]"


class SchemaTypes:
    """The types of one prompt's inputs; `definitions` are the TypedDicts they need, in an order that can be read."""

    def __init__(self, names: ClassNames, prompt: str) -> None:
        self.definitions: list[str] = []
        self._names = names
        self._prompt = prompt
        self._root: Mapping[str, Any] = {}

    def of_input(self, item: Input) -> str:
        """The type of the values that an input takes."""
        if item.kind == MESSAGES:
            return HISTORY
        if item.kind in MEDIA_KINDS:
            return MEDIA if item.required else f"{MEDIA} | {NONE}"
        self._root = item.schema
        return self._type(item.schema, (item.name,), 0)

    def typed_dict(self, name: str, fields: Iterable[tuple[str, str, bool]]) -> None:
        """Define a TypedDict with keys, their types, and whether each must be there."""
        rows = [
            f"        {literal(key)}: {kind if required else f'NotRequired[{kind}]'},\n"
            for key, kind, required in fields
        ]
        body = "{\n" + "".join(rows) + "    }" if rows else "{}"
        self.definitions.append(f"{name} = TypedDict(\n    {literal(name)},\n    {body},\n)\n")

    def _type(self, schema: Any, place: tuple[str, ...], depth: int) -> str:
        if not isinstance(schema, Mapping) or depth > _DEEPEST:
            return ANY
        if "const" in schema:
            return _values([schema["const"]])
        if isinstance(values := schema.get("enum"), list) and values:
            return _values(values)
        kinds = schema.get("type")
        if isinstance(kinds, str):
            kinds = [kinds]
        if isinstance(kinds, list):
            return union(self._of_kind(kind, schema, place, depth) for kind in kinds)
        for key in ("anyOf", "oneOf"):
            if isinstance(options := schema.get(key), list) and options:
                return union(self._type(one, place, depth + 1) for one in options)
        if isinstance(every := schema.get("allOf"), list) and len(every) == 1:
            return self._type(every[0], place, depth + 1)
        if isinstance(reference := schema.get("$ref"), str):
            return self._type(self._resolve(reference), place, depth + 1)
        return ANY

    def _of_kind(self, kind: object, schema: Mapping[str, Any], place: tuple[str, ...], depth: int) -> str:
        if kind == "array":
            items = schema.get("items") if "prefixItems" not in schema else None
            return f"Sequence[{self._type(items, (*place, 'item'), depth + 1)}]"
        if kind == "object":
            return self._group(schema, place, depth)
        return _SIMPLE.get(kind, ANY) if isinstance(kind, str) else ANY

    def _group(self, schema: Mapping[str, Any], place: tuple[str, ...], depth: int) -> str:
        keys, others = schema.get("properties"), schema.get("additionalProperties", False)
        if not isinstance(keys, Mapping) or not keys:
            is_uniform = isinstance(others, Mapping) and "patternProperties" not in schema
            return f"Mapping[str, {self._type(others, (*place, 'value'), depth + 1) if is_uniform else ANY}]"
        if others is not False or "patternProperties" in schema:
            return f"Mapping[str, {ANY}]"
        required = schema.get("required")
        needed = [key for key in required if isinstance(key, str)] if isinstance(required, list) else []
        fields = [(key, self._type(one, (*place, key), depth + 1), key in needed) for key, one in keys.items()]
        fields += [(key, ANY, True) for key in needed if key not in keys]
        name = self._names.take(self._prompt, *place)
        self.typed_dict(name, fields)
        return name

    def _resolve(self, reference: str) -> Any:
        """What a reference inside the schema leads to; nothing for one that leads elsewhere."""
        if not reference.startswith("#"):
            return None
        found: Any = self._root
        for part in filter(None, unquote(reference[1:]).split("/")):
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def union(kinds: Iterable[str]) -> str:
    """All of these, each once; Any where one of them is."""
    found = list(dict.fromkeys(kinds))
    return ANY if ANY in found or not found else " | ".join(sorted(found, key=lambda kind: kind == NONE))


def _values(values: Iterable[Any]) -> str:
    """The type of exactly these values, as far as Python can say it."""
    words: list[str] = []
    kinds: list[str] = []
    for value in values:
        if isinstance(value, bool | int):
            words.append(repr(value))
        elif isinstance(value, str):
            words.append(literal(value))
        else:
            kinds.append(NONE if value is None else "float" if isinstance(value, float) else ANY)
    exact = [f"Literal[{', '.join(dict.fromkeys(words))}]"] if words else []
    return union([*exact, *kinds])
