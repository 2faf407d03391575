"""JSON that means what it says: whatever Python would read as something else is refused, and what to mend is said."""

from __future__ import annotations

import json
import math
import re
from typing import Any

MAX_DEPTH = 50
"""Levels of brackets, as in YAML: what is deeper could be read, but neither rendered nor written again."""

_COMMENT = r"#|//|/\*"
_WORDS = r"(?:True|False|None|undefined|nil|yes|no)\b"
_NUMBER = r"[+.\d]|0[xXoO\d]|(?<=\d)\."
_HALF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


class RefusedJsonError(ValueError):
    """JSON by its form, but not a value that can be used. `token`: the part of the text that it is about."""

    def __init__(self, message: str, token: str = "", *, is_repeated_key: bool = False) -> None:
        super().__init__(message)
        self.token = token
        self.is_repeated_key = is_repeated_key


def parse_json(text: str) -> Any:
    """The value of a JSON text (RFC 8259).

    json.JSONDecodeError for what is not JSON. RefusedJsonError for keys that stand twice, NaN and Infinity, numbers
    that no computer holds (`1e400`), halves of surrogate pairs and what is nested more than MAX_DEPTH levels deep.
    """
    try:
        value = json.loads(text, object_pairs_hook=_group, parse_constant=_constant, parse_float=finite_number)
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
        token = json.dumps(twice, ensure_ascii=False)
        raise RefusedJsonError(f"the key '{twice[:80]}' stands twice", token, is_repeated_key=True)
    return fields


def _constant(constant: str) -> Any:
    raise RefusedJsonError(f"{constant} is not a value", constant)


def finite_number(written: str) -> float:
    """The number that is written; RefusedJsonError for one that no computer holds."""
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


def refusal_hint(problem: RefusedJsonError) -> str:
    """What to do about a value that is refused."""
    return "keep one of the two" if problem.is_repeated_key else "correct the value; a text stands in quotes"


def json_hint(line: str, column: int) -> str:
    """What to mend in a line that is not JSON from this column (1 is the first) on."""
    whole, rest = line.strip(), line[column - 1 :]
    if whole.startswith("{") and whole.endswith("},"):
        return "take out the comma at the end of the line"
    if re.search('[“”„][^"]*:', whole):
        return 'write straight quotes (") and not curly ones around names and texts'
    if re.match(_COMMENT, rest):
        return "JSON knows no comments: take it out"
    if not whole.startswith("{"):
        return 'a whole case stands on one line and begins with {: {"input": "…"}'
    if line[: column - 1].rstrip().endswith("}") and rest.strip()[:1] not in (",", "]", "}", ":"):
        return "something stands behind the case: take it out, or put the next case on a line of its own"
    if re.search(r"[\x00-\x1f]", whole):
        return r"write \t for a tab and \n for a line break inside a text"
    if not whole.endswith("}"):
        return "a closing } is missing; a whole case stands on one line"
    if whole.replace(" ", "").endswith(",}"):
        return "take out the comma before the closing }"
    return _value_hint(line, column)


def _value_hint(line: str, column: int) -> str:
    """What to mend in the value or the name that begins at, or just before, the column."""
    rest = line[column - 1 :]
    if "'" in line and '"' not in line:
        return "write \" and not ' around names and texts"
    if re.match(_WORDS, rest):
        return "JSON writes true, false and null; a text stands in quotes"
    if re.match(_NUMBER, rest) or line[column - 2 : column - 1].isdigit():
        return "JSON writes numbers like 0.5 and -10; anything else stands in quotes"
    if re.match(r"\w+\s*:", rest):
        return 'a name stands in quotes: {"input": "…"}'
    return 'one case a line: {"input": "…"}; a " inside a text is written \\"'
