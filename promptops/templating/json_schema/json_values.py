"""Python's values as JSON has them."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from promptops.templating.value_text import way_to_json

MAX_DEPTH = 400
"""Deeper values cannot be checked: following them would use up the stack."""


class NotJsonError(ValueError):
    """Something in a value that JSON cannot hold. The text goes on from what the value is called: "is bytes, …"."""


def as_json(value: Any, *, opaque: bool = False) -> Any:
    """The value in plain str, int, float, bool, None, list and dict; keys become text, as `json.dumps` makes them.

    Raises NotJsonError for a lone surrogate, NaN, infinity, bytes and other types, cycles, and what is nested deeper
    than MAX_DEPTH. `opaque`: other types but bytes stay as they are.
    """
    try:
        return _plain(value, opaque, MAX_DEPTH)
    except RecursionError as exc:
        raise NotJsonError("is nested too deeply") from exc


def _plain(value: Any, opaque: bool, depth: int) -> Any:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (float, Decimal)):
        if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
            raise NotJsonError(f"is or holds {value}, a number that JSON does not have")
        return float(value) if isinstance(value, float) else value
    if isinstance(value, (dict, list, tuple)):
        if depth == 0:
            raise NotJsonError("is nested too deeply")
        if isinstance(value, dict):
            return {_key(key, opaque): _plain(item, opaque, depth - 1) for key, item in value.items()}
        return [_plain(item, opaque, depth - 1) for item in value]
    if opaque and not isinstance(value, (bytes, bytearray)):
        return value
    kind = type(value).__name__
    raise NotJsonError(f"is or holds something of the Python type {kind}, which is not JSON: {way_to_json(value)}")


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise NotJsonError(
                f"holds half a character (U+{ord(value[exc.start]):04X} alone), which is not text"
            ) from exc
    return value if type(value) is str else str.__str__(value)


def _key(key: Any, opaque: bool) -> Any:
    if isinstance(key, str):
        return _text(key)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, (int, float)):
        return str(_plain(key, False, 0))
    if opaque:
        return key
    raise NotJsonError(f"has a key of the Python type {type(key).__name__}, which is not JSON")
