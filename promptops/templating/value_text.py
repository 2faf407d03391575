"""How a value becomes text in a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any


def as_text(value: Any) -> str:
    """Text as it is; lists and mappings as JSON; `true`, `false` and nothing for null, as people write them.

    Raises TypeError for what is no value: a function's text would be its place in memory, another on each run.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict, tuple)):
        import json  # lint imports this module, and must start fast

        return json.dumps(value, ensure_ascii=False, default=as_text)
    text = str(value)  # a name that Jinja does not know says so here
    if isinstance(value, (int, float, date, time)):
        return text
    raise TypeError(_no_value_message(value))


def coerce_to_schema(value: Any, schema: Mapping[str, Any]) -> Any:
    """A case's field as the type its input declares: a CSV cell is always text, and YAML reads `2024` as a number."""
    type_name = schema.get("type")
    if type_name == "string" and isinstance(value, (int, float)):
        return as_text(value)
    if type_name in ("number", "integer", "boolean") and isinstance(value, str):
        try:
            import json

            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _no_value_message(value: Any) -> str:
    name = getattr(value, "__name__", None) or getattr(value, "name", None)
    if callable(value) and name:
        return f"'{name}' is a function: write {name}() with brackets, or ['{name}'] for a field of that name"
    if isinstance(value, Iterable):
        return "a list that was not joined: add |join(', ')"
    return f"'{type(value).__name__}' is not a value"
