"""Flaws of schemas: what the validator before jsonschema-rs did not look at is left out, endless work is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind as Kind

from promptops.templating.json_schema.keywords import NEWER, SUBSCHEMA, SUBSCHEMA_GROUP, SUBSCHEMA_LIST
from promptops.templating.json_schema.schema_cleaning import subschemas

MAX_LOOKS = 50_000
"""Times that a schema may look at one place of a value; a second or two."""
_SAME_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies")


def looks(body: Mapping[str, Any]) -> int:
    """How often one place of a value may be looked at: twice as often with each step where references double.

    References that lead back count once: the library remembers what it knows of a place.
    """
    known: dict[str, int] = {}

    def count(schema: Any) -> int:
        if not isinstance(schema, Mapping):
            return 1
        below = max(map(count, _parts(schema, lambda key: key not in _SAME_PLACE)), default=0)
        reference = schema.get("$ref")
        target = referred(reference) if isinstance(reference, str) else 0
        return 1 + below + target + sum(map(count, _parts(schema, lambda key: key in _SAME_PLACE)))

    def referred(reference: str) -> int:
        if reference not in known:
            known[reference] = 1
            known[reference] = count(_place(body, reference))
        return known[reference]

    return count({key: value for key, value in body.items() if key not in ("$defs", "definitions")})


def _parts(schema: Mapping[str, Any], chosen: Callable[[str], bool]) -> Iterator[Any]:
    return subschemas({key: value for key, value in schema.items() if chosen(key)})


def _place(body: Any, reference: str) -> Any:
    """What `#/$defs/name` leads to; None for names of another kind."""
    if not reference.startswith("#"):
        return None
    for step in unquote(reference[1:]).split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        body = _below(body, int(name) if isinstance(body, list) and name.isdecimal() else name)
    return body


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
