"""Several values, each with its own schema, asked of the library in one call: what a warm rendering does.

A call for each value, and a walk that looks for what is not JSON, would take three times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from promptops.templating.json_schema.json_values import as_json
from promptops.templating.json_schema.plain_values import IS_PLAIN, LEVELS, has_plain_types
from promptops.templating.json_schema.schema_cleaning import clean_schema
from promptops.templating.json_schema.schema_patterns import SchemaPatterns
from promptops.templating.json_schema.validator import library_validator


def compile_joint(
    schemas: Mapping[str, Mapping[str, Any]], required: list[str]
) -> Callable[[Mapping[str, Any]], bool] | None:
    """A function of values by name: True says that all fit and none is missing; False, that each has to be looked at.

    None where the schemas cannot be put into one: references and older drafts, patterns that are not linear, flaws.
    """
    try:
        bodies = {name: _body(schema) for name, schema in schemas.items()}
        group = {"properties": bodies, "required": required, "additionalProperties": False}
        fits = library_validator(2020, {"allOf": [IS_PLAIN, group], "$defs": LEVELS}).is_valid
    except (ValueError, RecursionError, MemoryError, jsonschema_rs.ReferencingError):
        return None

    def all_fit(values: Mapping[str, Any]) -> bool:
        try:
            return type(values) is dict and has_plain_types(values) and fits(values)
        except ValueError:  # something in it is not JSON
            return False

    return all_fit


def _body(schema: Mapping[str, Any]) -> Any:
    """The schema as the library takes it anywhere. Raises ValueError where it would mean something else there."""
    cleaned = clean_schema(schema)
    if cleaned.draft != 2020 or cleaned.references or cleaned.has_content:
        raise ValueError
    body = as_json(cleaned.body)
    patterns = SchemaPatterns(body, _search_nothing)
    if not patterns.is_linear:
        raise ValueError
    return patterns.written(body)


def _search_nothing(pattern: str, text: str) -> bool:
    raise NotImplementedError
