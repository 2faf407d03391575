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

VALUE_TYPES: dict[str, type] = {
    "title": str,
    "description": str,
    "$comment": str,
    "$id": str,
    "$anchor": str,
    "contentEncoding": str,
    "contentMediaType": str,
    "format": str,
    "examples": list,
    "dependentRequired": dict,
    "deprecated": bool,
    "readOnly": bool,
    "writeOnly": bool,
    "uniqueItems": bool,
}
"""What these must be by the specification. Where they are something else they are passed over."""

NEWER = frozenset({
    "prefixItems", "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties", "minContains",
    "maxContains", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor",
})  # fmt: skip
"""Keywords that came with drafts 2019-09 and 2020-12: an older `$schema` passes over them."""

SINCE = {
    **dict.fromkeys(("const", "contains", "propertyNames"), 6), **dict.fromkeys(("if", "then", "else"), 7),
    **dict.fromkeys(NEWER, 2019), **dict.fromkeys(("prefixItems", "$dynamicRef", "$dynamicAnchor"), 2020),
}  # fmt: skip
"""The draft that brought a keyword: an older one passes over it."""

SAYS_NOTHING = frozenset(
    {"title", "description", "$comment", "default", "examples", "deprecated", "readOnly", "writeOnly"}
)
"""No value can fail one of these."""
