"""How a value becomes text in a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from math import isfinite
from typing import Any


class MediaStandIn:
    """What a template sees of a picture, document or sound: that it is there. It has no text."""

    def __init__(self, name: str, kind: str) -> None:
        self.name, self.kind = name, kind


def as_text(value: Any) -> str:
    """Text as it is; lists and mappings as JSON; `true`, `false` and nothing for null, as people write them.

    Raises TypeError for what is no value: a function's text would be its place in memory, another on each run.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict, tuple)):
        import json  # lint imports this module, and must start fast

        return json.dumps(value, ensure_ascii=False, default=_in_json)
    text = str(value)  # a name that Jinja does not know says so here
    if isinstance(value, (int, float, date, time)) or _is_decimal(value):
        return text
    raise TypeError(_no_value_message(value))


def json_text(value: Any) -> str:
    """The one rule of sealed format 3: `as_text`, with Python's own kinds of texts and numbers as JSON has them.

    Raises ValueError for NaN and infinity, which JSON does not have.
    """
    if isinstance(value, str):
        return value if type(value) is str or hasattr(value, "__html__") else str.__str__(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number_text(value)
    if isinstance(value, (list, dict, tuple)):
        return as_written_json(value)
    if _is_decimal(value) and not value.is_finite():
        raise ValueError(_no_number_message(value))
    return as_text(value)


def is_number(value: Any) -> bool:
    """Whether it is one in JSON, of a type that `%d` and `{:.2f}` take."""
    return type(value) in (int, float) or _is_decimal(value)


def as_written_json(value: Any, indent: int | str | None = None) -> str:
    """A value as JSON: UTF-8, keys as they come, nothing escaped for HTML. Raises as `json_text` does."""
    import json  # lint imports this module, and must start fast

    if _is_decimal(value):
        return json_text(value)
    try:
        return json.dumps(value, ensure_ascii=False, default=_in_json, indent=indent, allow_nan=False)
    except ValueError as exc:
        raise ValueError(_no_number_message("NaN or infinity") if "JSON compliant" in str(exc) else str(exc)) from exc


def _number_text(value: int | float) -> str:
    if not isinstance(value, float):
        return int.__repr__(value)
    if not isfinite(value):
        raise ValueError(_no_number_message(value))
    return float.__repr__(value)


def _no_number_message(value: object) -> str:
    return f"{value} is not a number that can be written; is something divided by zero, or too large?"


def _in_json(value: Any) -> Any:
    """Amounts are often a Decimal, and a number in JSON, too."""
    return float(value) if _is_decimal(value) else as_text(value)


def _is_decimal(value: Any) -> bool:
    from decimal import Decimal  # lint imports this module, and must start fast

    return isinstance(value, Decimal)


def coerce_to_schema(value: Any, schema: Mapping[str, Any]) -> Any:
    """A case's field as the type its input declares: a CSV cell is always text, and YAML reads `2024` as a number.

    A cell with JSON fills a list or a group; ValueError, with what it must be and where it goes wrong, for one that is
    no JSON. Other texts that do not fit stay as they are.
    """
    kinds, choices = _types(schema), schema.get("enum")
    if not kinds:
        return _as_choice(value, choices) if isinstance(choices, list) else _as_implied(value, schema)
    if isinstance(value, (int, float)):
        return as_text(value) if "string" in kinds and not kinds & _SCALARS else value
    if not isinstance(value, str) or "string" in kinds:
        return value
    bare = value.strip()
    if not bare and "null" in kinds:
        return None
    if "boolean" in kinds and bare.lower() in _BOOLEANS:  # spreadsheets write TRUE
        return _BOOLEANS[bare.lower()]
    return _from_json(value, kinds)


JSON_HINT = 'write a list as ["a", "b"] and a group as {"name": "a"}; in a CSV file in quotes, with each " inside twice'
"""What to do about a text that should be JSON."""
_SCALARS = frozenset({"number", "integer", "boolean"})
_GROUPS = {"array": "a list", "object": "a group of fields"}
_BOOLEANS = {"true": True, "false": False}


_IMPLIED = {"properties": dict, "required": dict, "items": list, "prefixItems": list}


def _types(schema: Any, depth: int = 0) -> frozenset[str]:
    """The types that a schema names, in itself or in each of its choices; none where it allows any."""
    if not isinstance(schema, Mapping) or depth > 10:
        return frozenset()
    kinds = schema.get("type")
    named = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
    if named:
        return frozenset(kind for kind in named if isinstance(kind, str))
    for key in ("anyOf", "oneOf"):
        if isinstance(choices := schema.get(key), list) and choices:
            found = [_types(choice, depth + 1) for choice in choices]
            return frozenset().union(*found) if all(found) else frozenset()
    return frozenset()


def _as_implied(value: Any, schema: Mapping[str, Any]) -> Any:
    """What a cell with JSON holds, where the schema speaks of a group's or a list's parts without naming the type."""
    kinds = tuple(kind for keyword, kind in _IMPLIED.items() if keyword in schema)
    if not kinds or not isinstance(value, str) or value.strip()[:1] not in ("{", "["):
        return value
    found = _from_json(value, frozenset())
    return found if isinstance(found, kinds) else value


def _from_json(value: str, kinds: frozenset[str]) -> Any:
    import json

    from promptops.source.formats.json_text.strict_json import (
        parse_json,  # lint imports this module, and must start fast
    )

    try:
        return parse_json(value)
    except ValueError as exc:
        groups = [_GROUPS[kind] for kind in ("array", "object") if kind in kinds]
        if not groups or kinds & _SCALARS:
            return value
        place = f"character {exc.pos + 1} is wrong" if isinstance(exc, json.JSONDecodeError) else str(exc)
        raise ValueError(f"{' or '.join(groups)}, written as JSON ({place})") from exc


def _as_choice(value: Any, choices: list[Any]) -> Any:
    """The choice that is written like the value, where only the type is another."""
    if isinstance(value, (str, int, float)) and value not in choices:
        text = as_text(value)
        return next((one for one in choices if isinstance(one, (str, int, float)) and as_text(one) == text), value)
    return value


_WAYS_TO_JSON = {
    "decode": "value.decode()",
    "model_dump": "value.model_dump(mode='json')",  # pydantic
    "__dataclass_fields__": "dataclasses.asdict(value)",
    "tolist": "value.tolist()",  # numpy
    "_member_names_": "value.value",
    "isoformat": "value.isoformat()",
    "hex": "str(value)",
}
"""What Python's own kinds of values have, and how they become JSON."""


def way_to_json(value: Any) -> str:
    """What an application does with a value that JSON does not have."""
    for name, way in _WAYS_TO_JSON.items():
        if hasattr(type(value), name):
            return f"pass {way}"
    return "pass a text, a number, a list or a group"


def _no_value_message(value: Any) -> str:
    if isinstance(value, MediaStandIn):
        part = f"{{type: {value.kind}, {value.kind}: {value.name}}}"
        return f"'{value.name}' has no text: it is sent as a part of the message's content, {part}"
    name = getattr(value, "__name__", None) or getattr(value, "name", None)
    if callable(value) and name:
        return f"'{name}' is a function: write {name}() with brackets, or ['{name}'] for a field of that name"
    kind = type(value).__name__
    if isinstance(value, Iterable) and not any(hasattr(type(value), one) for one in _WAYS_TO_JSON):
        return "a list that was not joined: add |join(', ')"
    return f"'{kind}' is not a value that has a text: {way_to_json(value)}"
