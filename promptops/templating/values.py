"""How a value becomes text in a message."""

from __future__ import annotations

import json
from typing import Any


def as_text(value: Any) -> str:
    """Text as it is; lists and mappings as JSON; `true`, `false` and nothing for null, as people write them."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict, tuple)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
