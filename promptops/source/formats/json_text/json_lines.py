"""Files of one JSON object a line, of which every line must be good."""

from __future__ import annotations

from collections.abc import Callable
from json import JSONDecodeError
from typing import Any, TypeVar

from promptops.errors import PromptError
from promptops.source.formats.json_text.strict_json import RefusedJsonError, parse_json
from promptops.source.yaml.conflict_markers import CONFLICT, KEEP_ONE, is_conflict_line

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
            raise _bad_line(line, exc, f"{where}:{number}", what, hint) from exc
    return tuple(found)


def _bad_line(line: str, problem: Exception, where: str, what: str, hint: str) -> PromptError:
    if is_conflict_line(line):
        return PromptError(CONFLICT, where=where, hint=KEEP_ONE, code="P008")
    reason = f": {problem}" if isinstance(problem, RefusedJsonError) else ""
    if isinstance(problem, JSONDecodeError):
        from promptops.source.formats.json_text.json_slips import explain_json  # only where a file is broken

        cause = explain_json(line, problem).cause
        reason = f": {cause}" if cause else ""
    return PromptError(f"this line is not {what}{reason}", where=where, hint=hint)
