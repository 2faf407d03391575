"""Flaws in a part of a schema that the validator before jsonschema-rs did not look at: the part is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind as Kind

from promptops.templating.json_schema.keywords import NEWER, SUBSCHEMA, SUBSCHEMA_GROUP, SUBSCHEMA_LIST


def without_flaw(
    body: dict[str, Any], error: jsonschema_rs.ValidationError, references: Sequence[str]
) -> dict[str, Any] | None:
    """The schema without the outermost part on the way to the error that nobody looked at; None if all was."""
    path = error.instance_path
    if _is_text_for_schema(error):
        return dict(_without(body, path))
    schema: Any = body
    steps = list(path)
    parents: list[str | int] = []
    while steps and isinstance(schema, dict):
        keyword = steps.pop(0)
        if keyword in NEWER or ("$ref" in schema and keyword not in ("$ref", "definitions")):
            return dict(_without(body, [*parents, keyword]))
        parents.append(keyword)
        schema = schema.get(keyword)
        if steps and keyword in ("$defs", "definitions") and not any(str(steps[0]) in one for one in references):
            return dict(_without(body, [*parents, steps[0]]))
        if steps and (keyword in (*SUBSCHEMA_GROUP, "dependencies", *SUBSCHEMA_LIST) or isinstance(schema, list)):
            parents.append(steps[0])
            schema = _below(schema, steps.pop(0))
    return None


def _is_text_for_schema(error: jsonschema_rs.ValidationError) -> bool:
    """`additionalProperties: "no"` demanded nothing; a text under `properties` has always been an error."""
    types = error.kind.types if isinstance(error.kind, Kind.Type) else []
    return (
        "object" in types
        and "array" not in types
        and isinstance(error.instance, (str, list))
        and (error.instance_path[-1] in SUBSCHEMA or error.instance_path[-2:-1] in (["allOf"], ["anyOf"], ["oneOf"]))
    )


def _below(value: Any, step: str | int) -> Any:
    try:
        return value[step]
    except (LookupError, TypeError):
        return None


def _without(value: Any, path: Sequence[str | int]) -> Any:
    first, *rest = path
    if isinstance(value, list) and not rest:
        return [True if index == first else item for index, item in enumerate(value)]
    if isinstance(value, list):
        return [_without(item, rest) if index == first else item for index, item in enumerate(value)]
    if not rest:
        return {key: item for key, item in value.items() if key != first}
    return {key: _without(item, rest) if key == first else item for key, item in value.items()}
