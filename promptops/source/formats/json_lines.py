"""Files of one JSON object a line, of which every line must be good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from promptops.errors import PromptError
from promptops.source.formats.strict_json import RefusedJsonError, parse_json

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
            found.append(build(parse_json(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            reason = f": {exc}" if isinstance(exc, RefusedJsonError) else ""
            raise PromptError(f"this line is not {what}{reason}", where=f"{where}:{number}", hint=hint) from exc
    return tuple(found)
