"""Schemas as people write them, brought to what jsonschema-rs takes, so that all they demand is still demanded.

The library holds a schema against its meta-schema and refuses it for a `description: 5`. What says nothing about
values is left out, and so is what no reference leads to. Forms of older drafts are written anew where a schema has no
`$schema` that asks for one: a list under `items` is `prefixItems`, `exclusiveMinimum: true` moves `minimum`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from promptops.templating.json_schema.keywords import (
    COUNT_LIMITS,
    NUMBER_LIMITS,
    SAYS_NOTHING,
    SUBSCHEMA,
    SUBSCHEMA_GROUP,
    SUBSCHEMA_LIST,
)

_OLD_DRAFTS = {"draft-04": 4, "draft-06": 6, "draft-07": 7, "draft/2019": 2019, "draft-2019": 2019}
_DATA = frozenset({"enum", "const", "required", "dependentRequired", "type", "pattern", "format", "$ref"})
_OF_TEXT = ("$id", "id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "format", "contentMediaType",
            "contentEncoding")  # fmt: skip
_KNOWN = frozenset((
    *SUBSCHEMA, *SUBSCHEMA_LIST, *SUBSCHEMA_GROUP, *NUMBER_LIMITS, *COUNT_LIMITS, *_DATA, *_OF_TEXT, "dependencies",
    "uniqueItems", "exclusiveMinimum", "exclusiveMaximum", "$recursiveAnchor",
))  # fmt: skip

MAX_LOOKS = 50_000
"""Times that a schema may look at one place of a value; a second or two."""
_SAME_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies")


class CleanSchema(NamedTuple):
    """A schema for the library, with the draft it is read by (4, 6, 7, 2019 or 2020) and where its references lead.

    `has_content`: it says what a text contains (`contentMediaType`, `contentEncoding`).
    """

    body: dict[str, Any]
    draft: int
    references: tuple[str, ...]
    has_content: bool


def clean_schema(schema: Mapping[str, Any]) -> CleanSchema:
    """The schema as the library takes it; nothing that it demands of values is lost. The given one is not touched."""
    draft = draft_of(schema)
    references = tuple(dict.fromkeys(_references(schema)))
    cleaning = _Cleaning(draft, "\n".join(references))
    return CleanSchema(cleaning.schema(schema), draft, references, cleaning.has_content)


def demands_nothing(schema: Mapping[str, Any]) -> bool:
    """Whether any value fits, also one that JSON does not have: there are descriptions only."""
    return schema.keys() <= SAYS_NOTHING


def draft_of(schema: Mapping[str, Any]) -> int:
    """The draft that `$schema` asks for; 2020-12 where it is absent or names none."""
    named = schema.get("$schema")
    found = (draft for words, draft in _OLD_DRAFTS.items() if isinstance(named, str) and words in named)
    return next(found, 2020)


def map_subschemas(schema: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """The schema with each schema right below it changed; one under an unknown word is there because it is named."""
    return {key: _changed(key, value, change) for key, value in schema.items()}


def _changed(key: str, value: Any, change: Callable[[Any], Any]) -> Any:
    if key in (*SUBSCHEMA_GROUP, "dependencies") and isinstance(value, Mapping):
        return {name: change(one) for name, one in value.items()}
    if (key in SUBSCHEMA_LIST or key == "items") and isinstance(value, list):
        return [change(one) for one in value]
    return change(value) if key in SUBSCHEMA or key not in _KNOWN else value


def subschemas(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Whatever stands right below, where a schema should."""
    for key, value in schema.items():
        if key in SUBSCHEMA and not isinstance(value, list):
            yield value
        elif (key in SUBSCHEMA_LIST or key == "items") and isinstance(value, list):
            yield from value
        elif key in (*SUBSCHEMA_GROUP, "dependencies") and isinstance(value, Mapping):
            yield from value.values()


def _references(schema: Any) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        return
    for key in ("$ref", "$dynamicRef", "$recursiveRef"):
        if isinstance(schema.get(key), str):
            yield schema[key]
    for below in subschemas(schema):
        yield from _references(below)


def looks(body: Mapping[str, Any]) -> int:
    """How often one place of a value may be looked at: twice as often with each step where references double.

    References that lead back count once: the library remembers what it knows of a place. 0 where it cannot be counted.
    """
    known: dict[str, int] = {}

    def count(schema: Any) -> int:
        if not isinstance(schema, Mapping):
            return 1
        below = max(map(count, _parts(schema, lambda key: key not in _SAME_PLACE)), default=0)
        reference = schema.get("$ref")
        target = referred(reference) if isinstance(reference, str) else 0
        return 1 + below + target + sum(map(count, _parts(schema, lambda key: key in _SAME_PLACE)))

    def referred(reference: str) -> int:
        if reference not in known:
            known[reference] = 1
            known[reference] = count(_place(body, reference))
        return known[reference]

    try:
        return count({key: value for key, value in body.items() if key not in ("$defs", "definitions")})
    except RecursionError:  # hundreds of references that lead from one to the next
        return 0


def _parts(schema: Mapping[str, Any], chosen: Callable[[str], bool]) -> Iterator[Any]:
    return subschemas({key: value for key, value in schema.items() if chosen(key)})


def _place(body: Any, reference: str) -> Any:
    """What `#/$defs/name` leads to; None for names of another kind."""
    if not reference.startswith("#"):
        return None
    for step in unquote(reference[1:]).split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        index = int(name) if isinstance(body, list) and name.isdecimal() else name
        try:
            body = body[index]
        except (LookupError, TypeError):
            return None
    return body


class _Cleaning:
    def __init__(self, draft: int, references: str) -> None:
        self._draft, self._references = draft, references
        self.has_content = False

    def schema(self, schema: Any) -> Any:
        if not isinstance(schema, Mapping):
            return schema
        kept = {key: value for key, value in schema.items() if self._is_kept(key, value, schema)}
        self.has_content = self.has_content or "contentMediaType" in kept or "contentEncoding" in kept
        _straighten(kept)
        if self._draft == 2020:
            _modernise(kept)
        elif self._draft == 4:
            _only_beside_limits(kept)
        for group in ("$defs", "definitions"):
            if group in kept:
                kept[group] = {name: one for name, one in kept[group].items() if self._leads_to(name, one)}
        return map_subschemas(kept, self.schema)

    def _is_kept(self, key: str, value: Any, schema: Mapping[str, Any]) -> bool:
        if key in SAYS_NOTHING or key == "$schema":
            return False
        if key in _OF_TEXT:
            # An identifier that nothing refers to may be any text; the library wants an address.
            return isinstance(value, str) and bool(self._references or not key.endswith("id"))
        if key in ("then", "else"):
            return "if" in schema
        if key in ("allOf", "required") and isinstance(value, list) and not value:
            return False
        if key in ("allOf", "anyOf") and isinstance(value, (str, Mapping)) and (value or key == "allOf"):
            return False  # no list of schemas, and nothing was ever demanded by it
        if key in ("$defs", "definitions") and not isinstance(value, Mapping):
            return False
        return key in _KNOWN or str(key) in self._references

    def _leads_to(self, name: Any, schema: Any) -> bool:
        """Whether a reference may mean this definition: by its name, or by a name that it gives itself."""
        return (
            str(name) in self._references or "%" in self._references or "~" in self._references or _names_itself(schema)
        )


def _names_itself(schema: Any) -> bool:
    if not isinstance(schema, Mapping):
        return False
    return any(key in schema for key in ("$id", "id", "$anchor", "$dynamicAnchor")) or any(
        map(_names_itself, subschemas(schema))
    )


def _modernise(schema: dict[str, Any]) -> None:
    """Forms of drafts 4 to 2019-09 that 2020-12 writes in another way."""
    others = schema.pop("additionalItems", None)
    if isinstance(schema.get("items"), list):
        if first := schema.pop("items"):
            schema.setdefault("prefixItems", first)
        if others is not None:
            schema["items"] = others
    for limit in ("Minimum", "Maximum"):
        is_exclusive, plain = schema.get(f"exclusive{limit}"), limit.lower()
        if isinstance(is_exclusive, bool):
            del schema[f"exclusive{limit}"]
            if is_exclusive and plain in schema:
                schema[f"exclusive{limit}"] = schema.pop(plain)


def _only_beside_limits(schema: dict[str, Any]) -> None:
    """In draft 4 `exclusiveMinimum` says how `minimum` is meant: alone it was passed over, and a number was a yes."""
    for plain, word in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if word in schema:
            meant = bool(schema.pop(word))
            if plain in schema:
                schema[word] = meant


def _straighten(schema: dict[str, Any]) -> None:
    """What Python's comparisons took and the meta-schema does not: counts with a fraction, below nothing, "yes"."""
    for key in COUNT_LIMITS:
        limit = schema.get(key)
        if isinstance(limit, (int, float)) and math.isfinite(limit):
            whole = math.ceil(limit) if key.startswith("min") else math.floor(limit)
            if whole >= 0:
                schema[key] = whole
            elif key.startswith("min"):
                del schema[key]
    for key in NUMBER_LIMITS:
        if isinstance(schema.get(key), bool):
            schema[key] = int(schema[key])
    if isinstance(schema.get("multipleOf"), (int, float)):
        schema["multipleOf"] = abs(schema["multipleOf"])
    if "uniqueItems" in schema:
        schema["uniqueItems"] = bool(schema["uniqueItems"])
    if isinstance(schema.get("type"), list):
        schema["type"] = _once(schema["type"])
    if isinstance(schema.get("dependencies"), Mapping):
        listed = schema["dependencies"].items()
        schema["dependencies"] = {name: _once(one) if isinstance(one, list) else one for name, one in listed}
    if "additionalProperties" in schema and not schema["additionalProperties"]:
        schema["additionalProperties"] = schema["additionalProperties"] == {}
    if schema.get("items", True) in (None, 0, "") and schema["items"] is not False:
        del schema["items"]


def _once(values: list[Any]) -> list[Any]:
    return [value for index, value in enumerate(values) if value not in values[:index]]
