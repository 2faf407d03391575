"""Example answers against a schema: what is certain is said, whatever the draft."""

from __future__ import annotations

from typing import Any

import pytest

from promptops.lint.json_schema.instance_validation import Fit

OLD = "http://json-schema.org/draft-07/schema#"
BESIDE = {"$ref": "#/definitions/a", "enum": ["x"], "definitions": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        (BESIDE, "y", False),
        (BESIDE, "x", True),
        ({"$schema": OLD, **BESIDE}, "y", True),
        ({"$schema": OLD, **BESIDE}, 1, False),
        ({"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}, ["a", 1], True),
        ({"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}, ["a", "b"], False),
        ({"prefixItems": [{"type": "string"}]}, [1], False),
        ({"$schema": OLD, "prefixItems": [{"type": "string"}]}, [1], True),
        ({"items": [{"type": "string"}]}, [1], True),
    ],
)
def test_what_stands_beside_a_reference_and_first_items_are_looked_at(
    schema: dict[str, Any], value: Any, fits: bool
) -> None:
    assert (next(Fit(schema).misfits(value), None) is None) is fits
