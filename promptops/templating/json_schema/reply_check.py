"""A reply against a JSON Schema, in words for people; also what a killable process is told to run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from promptops.templating.json_schema.validator import SchemaValidator, compile_schema


def reply_problem(validator: SchemaValidator, value: Any) -> str:
    """What does not fit and where, nothing when all does. Raises CheckStoppedError."""
    found = validator.mismatch(value)
    if found is None:
        return ""
    is_simple = found.keyword and not isinstance(found.found, (dict, list))
    given = f" (it is {repr(found.found)[:80]})" if is_simple else ""
    return f"{found.place.removeprefix('.') or 'the reply'} {found.message}{given}"


def check(reply: str, case: Mapping[str, Any]) -> tuple[float, str]:
    """A worker's function: a text that is JSON, with `{"schema": …}`. This process may be killed."""
    problem = reply_problem(_validator(json.dumps(case["schema"])), json.loads(reply))
    return (0.0 if problem else 1.0), problem


@cache
def _validator(schema: str) -> SchemaValidator:
    return compile_schema(json.loads(schema), may_be_killed=True)
