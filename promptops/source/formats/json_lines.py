"""Files of one JSON object a line, of which every line must be good."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from promptops.errors import PromptError

T = TypeVar("T")


def parse_json_lines(
    text: str, where: str, build: Callable[[dict[str, Any]], T], what: str, hint: str
) -> tuple[T, ...]:
    """What `build` makes of each line that is not blank.

    PromptError names the first line that is not `what`: not JSON, or `build` raises a ValueError or another error by
    which Python says that data has another shape.
    """
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(build(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise PromptError(f"this line is not {what}", where=f"{where}:{number}", hint=hint) from exc
    return tuple(found)
