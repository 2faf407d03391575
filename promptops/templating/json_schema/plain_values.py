"""Whether a value is plain JSON already, asked of the library: walking through it in Python costs ten times more.

The schema looks at every part of a value, at each text as a whole, and at no more than MAX_LEVELS levels, so that
neither a cycle nor a very deep value uses up the stack. The library raises ValueError for types that are not JSON's.
"""

from __future__ import annotations

from typing import Any

import jsonschema_rs

MAX_LEVELS = 16
JSON_TYPES = frozenset({str, int, float, bool, type(None), list, tuple, dict})
_SINGLE = ["string", "integer", "number", "boolean", "null"]
_READ = {"pattern": ""}  # found in every text, and reading it finds half characters


def _level(number: int) -> dict[str, Any]:
    if number == MAX_LEVELS:
        return {"type": _SINGLE, **_READ}
    below = {"$ref": f"#/$defs/{number + 1}"}
    return {
        "type": [*_SINGLE, "array", "object"], **_READ,
        "propertyNames": _READ, "items": below, "additionalProperties": below,
    }  # fmt: skip


_LEVELS = {str(number): _level(number) for number in range(MAX_LEVELS + 1)}
_is_plain = jsonschema_rs.Draft202012Validator({"$ref": "#/$defs/0", "$defs": _LEVELS}).is_valid


def is_plain_json(value: Any) -> bool:
    """Whether it needs no `as_json`; False also for what is nested deeper than MAX_LEVELS, and for what is not JSON."""
    if type(value) is str and value.isascii():
        return True
    try:
        return type(value) in JSON_TYPES and _is_plain(value)
    except ValueError:
        return False
