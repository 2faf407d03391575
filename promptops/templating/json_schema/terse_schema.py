"""Schemas that are quick to say what does not fit.

The library keeps every error of every alternative under `anyOf` and `oneOf`. With references that return to where they
began, these double at each level of a value: fourteen levels took twelve seconds, where the answer itself takes a tenth
of a millisecond. Below two `not` it keeps none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promptops.templating.json_schema.schema_cleaning import map_subschemas, subschemas

_MARK, _OPTIONS = "$comment", "promptops options"


def terse_schema(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same for the same values; None where the library has to know which alternative a value took."""
    if not _has(body, ("anyOf", "oneOf")):
        return dict(body)
    if _has(body, ("unevaluatedProperties", "unevaluatedItems")):
        return None
    options: dict[str, Any] = {}
    written = _written(body, options)
    return {**written, "$defs": {**written.get("$defs", {}), **options}} if options else written


def alternatives(schema: Any) -> str:
    """Which alternatives a schema under `not` stands for: anyOf, oneOf, "oneOf twice"; empty for any other schema."""
    return str(schema.get(_MARK, "")) if isinstance(schema, Mapping) else ""


def _has(schema: Any, keywords: tuple[str, ...]) -> bool:
    if not isinstance(schema, Mapping):
        return False
    return any(word in schema for word in keywords) or any(_has(below, keywords) for below in subschemas(schema))


def _written(schema: Any, options: dict[str, Any]) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    body = map_subschemas(schema, lambda below: _written(below, options))
    demands = []
    for word in ("anyOf", "oneOf"):
        if isinstance(body.get(word), list):
            # Each is written once, however often it is meant: texts would double at each level, too.
            own = {f"{_OPTIONS} {len(options) + number}": one for number, one in enumerate(body.pop(word))}
            options.update(own)
            listed = [{"$ref": f"#/$defs/{name.replace(' ', '%20')}"} for name in own]
            demands.append(_silent(word, {"anyOf": listed}))
            if word == "oneOf":
                demands.append(_silent("oneOf twice", {"oneOf": listed}))
    return {**body, "allOf": [*body.get("allOf", []), *demands]} if demands else body


def _silent(name: str, demand: dict[str, Any]) -> dict[str, Any]:
    return {"not": {"not": demand, _MARK: name}}
