"""The words of JSON Schema, drafts 4 to 2020-12: where further schemas stand, and what demands nothing."""

from __future__ import annotations

SUBSCHEMA = (
    "additionalProperties", "items", "contains", "not", "if", "then", "else", "propertyNames", "additionalItems",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
"""Each holds one schema."""
SUBSCHEMA_LIST = ("anyOf", "oneOf", "allOf", "prefixItems")
SUBSCHEMA_GROUP = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
"""Each holds schemas by name."""

NUMBER_LIMITS = ("minimum", "maximum", "multipleOf")
COUNT_LIMITS = tuple(
    f"{side}{what}" for what in ("Length", "Items", "Properties", "Contains") for side in ("min", "max")
)

ANNOTATIONS = {
    "title": str,
    "description": str,
    "$comment": str,
    "contentEncoding": str,
    "contentMediaType": str,
    "format": str,
    "examples": list,
    "deprecated": bool,
    "readOnly": bool,
    "writeOnly": bool,
}
"""What must be of a type by the specification, and is passed over where it is not."""

SAYS_NOTHING = frozenset(
    {"title", "description", "$comment", "default", "examples", "deprecated", "readOnly", "writeOnly"}
)
"""No value can fail one of these."""
