"""Whether a value is plain JSON already, asked of C and of the library: a walk in Python costs ten times more.

The library takes an Enum for its value, so `marshal` says first that nothing but Python's own types is in it. Then the
schema looks at every part, at each text as a whole, and at no more than MAX_LEVELS levels, so that neither a cycle nor
a very deep value uses up the stack. Both raise ValueError for types that are not theirs.
"""

from __future__ import annotations

import marshal
from typing import Any

import jsonschema_rs

MAX_LEVELS = 16
_SINGLE_TYPES = frozenset({str, int, float, bool, type(None)})
_SINGLE = ["string", "integer", "number", "boolean", "null"]
_READ = {"pattern": ""}  # found in every text, and reading it finds half characters


def _level(number: int) -> dict[str, Any]:
    if number == MAX_LEVELS:
        return {"type": _SINGLE, **_READ}
    below = {"$ref": f"#/$defs/{number + 1}"}
    # The names of a group are read where they lead to what is below it.
    return {"type": [*_SINGLE, "array", "object"], **_READ, "items": below, "additionalProperties": below}


LEVELS = {str(number): _level(number) for number in range(MAX_LEVELS + 1)}
"""For the `$defs` of a schema that holds IS_PLAIN."""
IS_PLAIN = {"$ref": "#/$defs/0"}
_is_plain = jsonschema_rs.Draft202012Validator({**IS_PLAIN, "$defs": LEVELS}).is_valid


def is_plain_json(value: Any) -> bool:
    """Whether it needs no `as_json`; False also for what is nested deeper than MAX_LEVELS, and for what is not JSON."""
    kind = type(value)
    if kind is str and value.isascii():
        return True
    try:
        return (kind in _SINGLE_TYPES or bool(marshal.dumps(value))) and _is_plain(value)
    except ValueError:
        return False


def has_plain_types(values: dict[str, Any]) -> bool:
    """Whether Python's own types are all there is in these. Raises ValueError for some that are not."""
    return _SINGLE_TYPES.issuperset(map(type, values.values())) or bool(marshal.dumps(values))
