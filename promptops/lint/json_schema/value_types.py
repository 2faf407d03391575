"""Values in a JSON Schema: whether they are of its type, and how to say so."""

from __future__ import annotations

from promptops.model.chat.media import MEDIA_KINDS
from promptops.model.chat.message_template import MESSAGES
from promptops.source.yaml.reader import Node

TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of fields",
    "null": "null",
}
OTHER_TYPES = {
    "str": "string", "text": "string", "char": "string", "varchar": "string", "date": "string", "datetime": "string",
    "int": "integer", "long": "integer", "bigint": "integer", "whole": "integer",
    "float": "number", "double": "number", "decimal": "number", "numeric": "number",
    "bool": "boolean", "yesno": "boolean", "list": "array", "tuple": "array", "set": "array",
    "dict": "object", "map": "object", "mapping": "object", "struct": "object", "json": "object", "none": "null",
}  # fmt: skip
"""Names other languages give the types."""
OWN_TYPES = (MESSAGES, *MEDIA_KINDS)
"""Types of inputs that are no JSON Schema."""
OWN_WORDS = {
    "picture": "image", "photo": "image", "img": "image", "pdf": "file", "document": "file", "attachment": "file",
    "sound": "audio", "voice": "audio", "message": "messages", "history": "messages", "conversation": "messages",
    "chat": "messages",
}  # fmt: skip
"""What people write for them."""


def types_of(schema: Node) -> tuple[str, ...]:
    """The types a schema names; none when one of them is not a type, or null is allowed in another way."""
    node, nullable = schema.get("type"), schema.get("nullable")
    if node is None:
        return ()
    names = node.value if node.kind == "sequence" else [node]
    found = tuple(name.text if name.kind == "scalar" and isinstance(name.value, str) else "" for name in names)
    if any(name not in TYPES for name in found):
        return ()
    return (*found, "null") if nullable is not None and nullable.value is True else found


def fits(node: Node, types: tuple[str, ...]) -> bool:
    """Whether a value is of one of the types; without types all are."""
    return not types or any(is_a(node.value, name) for name in types)


def is_a(value: object, type_name: str) -> bool:
    """Whether the value is of the type; true is no number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return type_name == "number" or (type_name == "integer" and float(value).is_integer())
    kinds = {bool: "boolean", str: "string", list: "array", dict: "object", type(None): "null"}
    return kinds.get(type(value)) == type_name


def same(one: Node, other: Node) -> bool:
    """Whether two single values are equal: `1` and `1.0` are, `1` and `true` are not."""
    return key_of(one) == key_of(other)


def key_of(node: Node) -> tuple[str, object] | None:
    """What tells single values apart; None for lists and groups."""
    if node.kind != "scalar":
        return None
    value = node.value
    kind = "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__
    return kind, value


def words(types: tuple[str, ...]) -> str:
    """The types in plain words: a text or null."""
    return " or ".join(dict.fromkeys(TYPES[name] for name in types))
