"""The words that file formats are described with: a small subset of JSON Schema, as plain data.

Only this subset is used, so that `promptops.source.yaml.validate` can check located values in plain words: type,
properties, required, additionalProperties, items, enum, anyOf, minItems, minimum, maximum, pattern. Eight keywords are
our own. Files of GitHub's format need `blank` (the key may stand without a value, which counts as left out) and
`anyCase` (an enum's words may have capitals). People need `form` (what a text that fits `pattern` is, in words), `hint`
(what to write instead of one that does not), `mainly` (the number of the option of `anyOf` that most mean) and
`otherWords` (`evaluator` or `string`: other tools have other keys there, which `promptops.model.schemas.other_words`
knows). A group may be of several forms: `byKey` has the schema for the first of its keys that is there, `otherwise`
that for all else. `promptops.model.schemas.export` says the same to editors in standard words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Schema = dict[str, Any]


def string(description: str) -> Schema:
    """A text."""
    return {"type": "string", "description": description}


def number(description: str, minimum: float | None = None, maximum: float | None = None) -> Schema:
    """A number, within bounds that count as inside."""
    bounds = {"minimum": minimum, "maximum": maximum}
    given = {key: value for key, value in bounds.items() if value is not None}
    return {"type": "number", "description": description, **given}


def integer(description: str, minimum: int = 0) -> Schema:
    """A whole number."""
    return {"type": "integer", "minimum": minimum, "description": description}


def group(properties: Mapping[str, Schema], required: tuple[str, ...] = (), description: str = "") -> Schema:
    """Lines of `key: value`, with these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        "description": description,
    }


def mapping(values: Schema, description: str = "") -> Schema:
    """Lines of `key: value`, with keys of the user's own."""
    return {"type": "object", "additionalProperties": values, "description": description}


def array(items: Schema, description: str = "", least: int = 0) -> Schema:
    """A list of at least `least` items."""
    return {"type": "array", "items": items, "minItems": least, "description": description}


def pattern(pattern: str, form: str, hint: str, description: str) -> Schema:
    """A text of which the whole fits `pattern`; `form` says in words what that is, `hint` what to write instead."""
    return {"type": "string", "pattern": f"^{pattern}$", "form": form, "hint": hint, "description": description}


def described(schema: Schema, description: str) -> Schema:
    """The same with a description of its own."""
    return {**schema, "description": description}


def may_be_blank(properties: dict[str, Schema]) -> dict[str, Schema]:
    """Keys that may stand without a value."""
    return {key: {**schema, "blank": True} for key, schema in properties.items()}


FREE_GROUP: Schema = {"type": "object", "additionalProperties": True}
ANYTHING: Schema = {}
BOOLEAN: Schema = {"type": "boolean"}
STRINGS = array(string("one text"))


def chosen(schema: Schema, keys: Collection[str]) -> Schema:
    """The schema of a group with these keys, where it depends on them (`byKey`); else the schema itself."""
    if "byKey" not in schema:
        return schema
    found: Schema = next((one for key, one in schema["byKey"].items() if key in keys), schema["otherwise"])
    return found
