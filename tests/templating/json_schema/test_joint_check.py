from __future__ import annotations

import enum
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptops.templating.json_schema.joint_check import compile_joint
from promptops.templating.json_schema.validator import compile_schema


class Colour(enum.Enum):
    RED = "red"


class Text(str):
    __slots__ = ()


SCHEMAS: list[dict[str, Any]] = [
    {},
    {"description": "any"},
    {"type": "string", "minLength": 1, "pattern": r"^\w+\Z"},
    {"enum": ["a", 1, None]},
    {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    {"type": "object", "required": ["a"], "properties": {"a": True}, "unevaluatedProperties": False},
    {"items": [{"type": "string"}], "additionalItems": False},
    {"type": "string", "format": "time"},
    {"minimum": 2, "exclusiveMinimum": True},
]
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(st.characters(), max_size=2)
    | st.sampled_from(["a", "09:30", "\ud800", Text("a"), Colour.RED, Decimal(2), b"a", {1}]),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner)
    | st.dictionaries(st.sampled_from(["a", "b", 1, "\udfff"]), inner, max_size=2),
    max_leaves=5,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(SCHEMAS), min_size=1, max_size=3), st.lists(_ANY, min_size=3, max_size=3))
def test_what_fits_together_fits_alone(schemas: list[dict[str, Any]], given_values: list[Any]) -> None:
    """The other way round only where everything is plain: what is not is left to the look at each."""
    named = {f"input{number}": schema for number, schema in enumerate(schemas)}
    values = dict(zip(named, given_values, strict=False))
    fits = compile_joint(named, list(named))
    assert fits is not None
    alone = all(compile_schema(named[name]).mismatch(value) is None for name, value in values.items())
    assert alone or not fits(values)
    if alone and all(type(value) in (str, int, bool) for value in values.values()):
        assert fits(values)


def test_a_name_that_is_missing_or_unknown_does_not_fit() -> None:
    fits = compile_joint({"a": {"type": "string"}, "b": {}}, ["a"])
    assert fits is not None
    assert fits({"a": "x"})
    assert fits({"a": "x", "b": 1})
    assert not fits({"b": 1})
    assert not fits({"a": "x", "c": 1})


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/t", "$defs": {"t": {"type": "string"}}},  # it counts from the schema's own beginning
        {"$schema": "http://json-schema.org/draft-07/schema#", "prefixItems": [False]},
        {"pattern": "^(?!x)"},
        {"pattern": "("},
        {"type": "strin"},
        {"contentEncoding": "base64"},
        {"prefixItems": 5},
    ],
)
def test_what_means_something_else_inside_another_schema_is_looked_at_alone(schema: dict[str, Any]) -> None:
    assert compile_joint({"a": {"type": "string"}, "b": schema}, []) is None
