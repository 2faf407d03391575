"""What Anthropic and Bedrock take of JSON Schema for a reply: its structure, no limits of lengths and numbers.

https://platform.claude.com/docs/en/build-with-claude/structured-outputs (JSON Schema limitations)
https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from promptops.model.requests.translation import Interface

INTERFACES = frozenset({"anthropic", "bedrock"})
"""They answer 400 for a schema that says more."""
LIMITING = frozenset({
    "exclusiveMaximum", "exclusiveMinimum", "maxItems", "maxLength", "maximum", "minLength", "minimum", "multipleOf",
})  # fmt: skip
_NAMED, _LISTED = ("properties", "$defs", "definitions"), ("anyOf", "allOf", "oneOf")


def check_subset(schema: Mapping[str, Any], interface: Interface) -> None:
    """RenderError for the first keyword that the interface refuses a schema for."""
    for one in _schemas(schema):
        limits = sorted(LIMITING & one.keys())
        if one.get("minItems") not in (None, 0, 1):
            limits.append("minItems")
        if limits:
            hint = "take it out of jsonSchema, say it in a description, and check replies with the `schema` evaluator"
            raise interface.error(f"takes no '{limits[0]}' in a reply's schema", hint)
        if one.get("type") == "object" and one.get("additionalProperties") is not False:
            hint = "add additionalProperties: false to jsonSchema"
            raise interface.error("wants each object of a reply's schema to be closed", f"{hint}, in each object")


def without_limits(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with its structure only, for a reply that is checked anyway."""
    found = {name: value for name, value in schema.items() if name not in LIMITING}
    for name in _NAMED:
        if isinstance(inner := found.get(name), Mapping):
            found[name] = {key: without_limits(one) if isinstance(one, Mapping) else one for key, one in inner.items()}
    if isinstance(items := found.get("items"), Mapping):
        found["items"] = without_limits(items)
    return found


def _schemas(schema: Any) -> Iterator[Mapping[str, Any]]:
    """The schema and all that stand in it."""
    if not isinstance(schema, Mapping):
        return
    yield schema
    inner = [schema.get("items")]
    inner += [one for name in _NAMED if isinstance(given := schema.get(name), Mapping) for one in given.values()]
    inner += [one for name in _LISTED if isinstance(given := schema.get(name), list) for one in given]
    for one in inner:
        yield from _schemas(one)
