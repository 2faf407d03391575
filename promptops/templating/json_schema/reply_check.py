"""A reply against a JSON Schema, in words for people; also what a killable process is told to run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from promptops.model.score import Expectation
from promptops.templating.json_schema.error_words import Mismatch
from promptops.templating.json_schema.validator import SchemaValidator, compile_schema
from promptops.text.json_words import place_words, value_words

_TYPES = {
    "string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
    "array": "a list", "object": "a group of fields", "null": "nothing (null)",
}  # fmt: skip
_MOST = 80


def reply_problem(validator: SchemaValidator, value: Any) -> str:
    """What does not fit and where, nothing when all does. Raises CheckStoppedError."""
    found = validator.mismatch(value)
    return "" if found is None else mismatch_words(found)


def mismatch_words(found: Mismatch) -> str:
    """`tone should be one of 'warm', 'cool', is 'hot'`."""
    return f"{place_words(found.path) or 'the reply'} {_message(found)}{_given(found)}"


def expectation(found: Mismatch) -> Expectation | None:
    """What one value was to be: (`tone`, `one of 'warm', 'cool'`); None where groups or their names are wrong."""
    words = _message(found).removeprefix("should ").removeprefix("be ")
    is_value = not isinstance(found.found, dict | list) and found.keyword
    return Expectation(place_words(found.path), words) if is_value else None


def _message(found: Mismatch) -> str:
    """`should be a number`: what the schema asks for, in words of people."""
    if found.keyword == "type":
        names = found.message.removeprefix("must be ").split(" or ")
        return f"should be {' or '.join(_TYPES.get(name, name) for name in names)}"
    message = found.message.removeprefix("must ")
    return message if message == found.message else f"should {message}"


def _given(found: Mismatch) -> str:
    """`, is 'hot'`; empty where it would be long, or is said already."""
    if isinstance(found.found, dict | list):
        return (
            f", is {_TYPES['object' if isinstance(found.found, dict) else 'array']}" if found.keyword == "type" else ""
        )
    words = f"'{found.found}'" if isinstance(found.found, str) else value_words(found.found)
    shown = words if len(words) <= _MOST else f"{words[: _MOST - 1]}…"
    return f", is {shown}" if found.keyword else ""


def check(reply: str, case: Mapping[str, Any]) -> tuple[float, str]:
    """A worker's function: a text that is JSON, with `{"schema": …}`. This process may be killed."""
    problem = reply_problem(_validator(json.dumps(case["schema"])), json.loads(reply))
    return (0.0 if problem else 1.0), problem


@cache
def _validator(schema: str) -> SchemaValidator:
    return compile_schema(json.loads(schema), may_be_killed=True)
