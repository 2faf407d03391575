"""JSON that means what it says: whatever Python would read as something else is refused."""

from __future__ import annotations

import json
import math
import re
from typing import Any

MAX_DEPTH = 50
"""Levels of brackets, as in YAML: what is deeper could be read, but neither rendered nor written again."""

_HALF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


class RefusedJsonError(ValueError):
    """JSON by its form, but not a value that can be used. `token`: the part of the text that it is about."""

    def __init__(self, message: str, token: str = "") -> None:
        super().__init__(message)
        self.token = token


def parse_json(text: str) -> Any:
    """The value of a JSON text (RFC 8259).

    json.JSONDecodeError for what is not JSON. RefusedJsonError for keys that stand twice, NaN and Infinity, numbers
    that no computer holds (`1e400`), halves of surrogate pairs and what is nested more than MAX_DEPTH levels deep.
    """
    try:
        value = json.loads(text, object_pairs_hook=_group, parse_constant=_constant, parse_float=_number)
    except (json.JSONDecodeError, RefusedJsonError):
        raise
    except RecursionError as exc:
        raise RefusedJsonError(f"it is nested more than {MAX_DEPTH} levels deep") from exc
    except ValueError as exc:  # Python's own limit for whole numbers
        raise RefusedJsonError("a number has thousands of digits") from exc
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_too_deep(value):
        raise RefusedJsonError(f"it is nested more than {MAX_DEPTH} levels deep")
    if _HALF_A_PAIR.search(text):
        _refuse_half_pairs(value)
    return value


def _group(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in fields if names.count(name) > 1)
        raise RefusedJsonError(f"the key '{twice[:80]}' stands twice", json.dumps(twice, ensure_ascii=False))
    return fields


def _constant(constant: str) -> Any:
    raise RefusedJsonError(f"{constant} is not a value", constant)


def _number(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise RefusedJsonError(f"{written[:40]} is too large for a number", written)
    if number == 0 and re.search("[1-9]", re.split("[eE]", written)[0]):
        raise RefusedJsonError(f"{written[:40]} is too close to 0 for a number", written)
    return number


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        groups = [one for one in level if isinstance(one, (dict, list))]
        level = [child for one in groups for child in (one.values() if isinstance(one, dict) else one)]
    return bool(level)


def _refuse_half_pairs(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as exc:
        half = f"\\u{ord(exc.object[exc.start]):04x}"
        raise RefusedJsonError(f"{half} is only half of a character", half) from exc
