"""What OpenAI asks of a schema with `strict: true`: otherwise it refuses the request."""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.json_schema.keyword_checks import SchemaProblem
from promptops.source.yaml.reader import Node

_BELOW = ("properties", "$defs", "definitions")
_LISTS = ("anyOf", "prefixItems")


def not_strict(node: Node) -> Iterator[SchemaProblem]:
    """Each group of fields below `node` that may have other fields, or lack one."""
    if node.kind != "mapping":
        return
    properties = node.get("properties")
    if properties is not None and properties.kind == "mapping":
        yield from _group(node, properties)
    for key in _BELOW:
        for _, child in node.group(key).items():
            yield from not_strict(child)
    for key in _LISTS:
        options = node.get(key)
        for child in options.value if options is not None and options.kind == "sequence" else ():
            yield from not_strict(child)
    items = node.get("items")
    if items is not None:
        yield from not_strict(items)


def _group(node: Node, properties: Node) -> Iterator[SchemaProblem]:
    others, required = node.get("additionalProperties"), node.get("required")
    place = node.key_spans["properties"]
    if others is None:
        hint = "add `additionalProperties: false` beside it"
        yield SchemaProblem(place, "strict: this group may have other fields", hint)
    elif others.kind != "scalar" or others.value is not False:
        span = node.key_spans["additionalProperties"]
        yield SchemaProblem(span, "strict: this group may have other fields", "write false here")
    if required is not None and required.kind != "sequence":
        return
    listed = {item.text for item in required.value if item.kind == "scalar"} if required is not None else set()
    missing = [name for name in properties.value if name not in listed]
    if missing:
        shown = ", ".join(name[:40] for name in missing[:6]) + (", …" if len(missing) > 6 else "")
        message = f"strict: every field must be under `required`; missing: {shown}"
        hint = 'add them; a field that may stay empty gets two types, like ["string", "null"]'
        yield SchemaProblem(node.key_spans["required"] if required is not None else place, message, hint)
