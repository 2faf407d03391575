"""Places and values of JSON data in words: `items[2].price`, never `$.items[2].price`; texts without quotes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

_BARE = re.compile(r"[^\W\d][\w -]*")
"""A name that needs no quotation marks in a place."""
_LIKE_ANOTHER = re.compile(r"\s*(?:true|false|null|nothing|-?[\d.,]+|[\[{\"].*|)\s*", re.DOTALL | re.IGNORECASE)
NOTHING = "nothing (null)"
FUNCTION = "function called"
"""The place of a called function's name, beside its arguments."""


def place_words(steps: Iterable[str | int]) -> str:
    """`items[2].price`; a name that would be misread stands in quotes. Empty for the whole."""
    told = ""
    for step in steps:
        if isinstance(step, int):
            told += f"[{step}]"
        else:
            told += ("." if told else "") + (step if _BARE.fullmatch(step) else f"'{step}'")
    return told


def value_words(value: Any) -> str:
    """A value as people read it; only a text that could be taken for something else has quotation marks."""
    if isinstance(value, str):
        return f'"{value}"' if _LIKE_ANOTHER.fullmatch(value) else value
    if value is None:
        return NOTHING
    if isinstance(value, float):
        return number_words(value)
    if value in ([], {}) and not isinstance(value, bool):
        return "an empty list" if isinstance(value, list) else "an empty group"
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError):
        return "(nested too deeply to be shown)"


def number_words(value: float) -> str:
    """`0.333333`: six digits, and all where fewer would tell another number from which nobody could count."""
    short = f"{value:.6g}"
    return short if "e" not in short and abs(value) < 1e6 else repr(value)
