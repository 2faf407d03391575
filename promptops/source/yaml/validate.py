"""Compares located YAML with one of our formats and says in plain words what does not fit."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from promptops.model.finding import Span
from promptops.model.schema_builders import chosen
from promptops.source.yaml.reader import Kind, Node

UNKNOWN_KEY, WRONG_TYPE = "P003", "P004"

_FORM_HINT = "write it in that form"
_TYPES = {
    "string": ("a text", "put the text in quotes, or on the next lines below a `|`"),
    "number": ("a number", "write a number, like 0.5"),
    "integer": ("a whole number", "write digits only, like 3"),
    "boolean": ("true or false", "write true or false, without quotes"),
    "array": ("a list (lines that begin with `-`)", "begin each item with a dash and a space"),
    "object": ("a group of `key: value` lines", "write one `key: value` on each line, without dashes"),
    "null": ("nothing", _FORM_HINT),
}
"""Each type in words, and what to write for it."""
_PYTHON_TYPES: dict[str, tuple[Kind, tuple[type, ...]]] = {
    "string": ("scalar", (str, int, float, bool)),
    "number": ("scalar", (int, float)),
    "integer": ("scalar", (int,)),
    "boolean": ("scalar", (bool,)),
    "array": ("sequence", (list,)),
    "object": ("mapping", (dict,)),
    "null": ("scalar", (type(None),)),
}
_PERCENT_HINT = "write a number from 0 to 100, without the sign: 10"
"""Where a share like 0.5 would be half a percent."""


class FormatProblem(NamedTuple):
    """What does not fit, where, and which lint rule speaks of it."""

    code: str
    span: Span
    message: str
    hint: str


def validate_node(node: Node, schema: dict[str, Any], name: str = "the file") -> list[FormatProblem]:
    """Every way in which `node` departs from `schema` (the subset in promptops.model.schemas.formats)."""
    problems: list[FormatProblem] = []
    _validate(node, schema, name, problems)
    return problems


def _validate(node: Node, schema: dict[str, Any], name: str, problems: list[FormatProblem]) -> None:
    if "anyOf" in schema:
        return _check_options(node, schema, name, problems)
    if "enum" in schema:
        return _check_choice(node, schema, name, problems)
    type_name = schema.get("type")
    if type_name is None:
        return None
    if not _fits(node, type_name):
        problems.append(_type_problem(node, name, _TYPES[type_name][0], _hint(node, schema)))
    elif type_name == "object":
        _check_mapping(node, chosen(schema, node.value), name, problems)
    elif type_name == "array":
        if len(node.value) < schema.get("minItems", 0):
            problems.append(FormatProblem(WRONG_TYPE, node.span, f"{name} is an empty list", "add at least one item"))
        for child in node.value:
            _validate(child, schema.get("items", {}), f"an item of {name}", problems)
    elif type_name == "string":
        if (pattern := schema.get("pattern")) and not re.fullmatch(pattern, node.text):
            message = f"'{node.text[:80]}' is not {schema['form']}"
            problems.append(FormatProblem(WRONG_TYPE, node.span, message, schema["hint"]))
    elif type_name in ("number", "integer"):
        low, high = schema.get("minimum"), schema.get("maximum")
        if (low is not None and node.value < low) or (high is not None and node.value > high):
            bound = f"between {low} and {high}" if high is not None else f"at least {low}"
            hint = f"it must be {bound}{_share_meant(node, schema)}"
            problems.append(FormatProblem(WRONG_TYPE, node.span, f"{name} is {node.text}", hint))
    return None


def _hint(node: Node, schema: dict[str, Any]) -> str:
    """What to write instead of a value of another type."""
    type_name = schema["type"]
    if schema.get("maximum") == 100:
        return _PERCENT_HINT
    if type_name in ("number", "integer") and node.kind == "scalar":
        from promptops.source.yaml.meant_numbers import meant_number  # only where something is wrong

        if meant := meant_number(node.text, whole=type_name == "integer", most=schema.get("maximum")):
            return f"write it without the quotes: {meant}" if meant == node.text else f"write {meant}"
    return _TYPES[type_name][1]


def _share_meant(node: Node, schema: dict[str, Any]) -> str:
    """How the hint goes on about `90` where 0.9 was meant."""
    if schema.get("maximum") != 1:
        return ""
    from promptops.source.yaml.meant_numbers import meant_number

    meant = meant_number(node.text, most=1)
    return f", so {node.text}% is {meant}" if meant else ""


def _check_options(node: Node, schema: dict[str, Any], name: str, problems: list[FormatProblem]) -> None:
    options: list[dict[str, Any]] = schema["anyOf"]
    fitting = [option for option in options if "type" not in option or _fits(node, option["type"])]
    attempts = [validate_node(node, option, name) for option in fitting]
    if not all(attempts):
        return None
    if typed := [attempt for option, attempt in zip(fitting, attempts, strict=True) if "type" in option]:
        problems.extend(typed[0])
        return None
    if "mainly" in schema:
        return _validate(node, options[schema["mainly"]], name, problems)
    wanted = " or ".join(_TYPES[option["type"]][0] if "type" in option else "another value" for option in options)
    problems.append(_type_problem(node, name, wanted))
    return None


def _check_choice(node: Node, schema: dict[str, Any], name: str, problems: list[FormatProblem]) -> None:
    choices = schema["enum"]
    if not node.text:
        problems.append(_type_problem(node, name, f"one of: {', '.join(choices)}"))
    elif (node.text.lower() if schema.get("anyCase") else node.text) not in choices:
        from promptops.source.yaml.unknown_keys import advise_choice  # only where something is wrong

        advice = advise_choice(node.text, choices)
        message = f"'{node.text[:40]}' is not a possible {name.removeprefix('an ')}{advice.why}"
        problems.append(FormatProblem(WRONG_TYPE, node.span, message, advice.hint))


def _check_mapping(node: Node, schema: dict[str, Any], name: str, problems: list[FormatProblem]) -> None:
    properties, extra = schema.get("properties", {}), schema.get("additionalProperties", True)
    missing = [key for key in schema.get("required", ()) if key not in node.value]
    unknown: list[str] = []
    for key, child in node.value.items():
        if key in properties:
            _validate(child, properties[key], f"'{key}'", problems)
        elif key in node.bare_keys:
            continue  # no key at all, as is told of the whole file
        elif isinstance(extra, dict):
            _validate(child, extra, f"'{key}'", problems)
        elif extra is False:
            unknown.append(key)
    if unknown:
        from promptops.source.yaml.unknown_keys import advise  # only where something is wrong

        for key, advice in advise(unknown, missing, node, schema):
            message = f"'{key[:80]}' is not a key {'this file' if name == 'the file' else name} can have{advice.why}"
            stands_for = advice.meant in missing  # one slip, one finding: without that key the file cannot be used
            if stands_for:
                missing.remove(advice.meant)
            code = WRONG_TYPE if stands_for else UNKNOWN_KEY
            problems.append(FormatProblem(code, node.key_spans[key], message, advice.hint))
    for key in missing:
        spot = Span.at(node.span.line, node.span.column)
        problems.append(FormatProblem(WRONG_TYPE, spot, f"{name} has no '{key}'", f"add a line `{key}: …`"))


def drop_blank_keys(node: Node, schema: dict[str, Any]) -> None:
    """Take away each key without a value where the format says `blank`: there it means what no key means."""
    if node.kind == "sequence":
        for child in node.value:
            drop_blank_keys(child, schema.get("items", {}))
    schema = chosen(schema, node.value) if node.kind == "mapping" else schema
    properties = schema.get("properties", {})
    for key in properties:  # and its schema only where the key is there: to ask for it may load it
        child = node.get(key)
        if child is None:
            continue
        if child.kind != "scalar":
            drop_blank_keys(child, properties[key])
        elif child.value is None and properties[key].get("blank"):
            del node.value[key]


def to_schema_types(node: Node, schema: dict[str, Any]) -> Any:
    """A node that fits `schema` as plain data: where the format wants a text, the text as written."""
    for option in schema.get("anyOf", ()):
        if _fits(node, option["type"]):
            return to_schema_types(node, option)
    if node.kind == "mapping":
        schema = chosen(schema, node.value)
        properties, extra = schema.get("properties", {}), schema.get("additionalProperties")
        other = extra if isinstance(extra, dict) else {}
        return {key: to_schema_types(child, properties.get(key, other)) for key, child in node.items()}
    if node.kind == "sequence":
        return [to_schema_types(child, schema.get("items", {})) for child in node.value]
    return node.text if schema.get("type") == "string" else node.value


def _fits(node: Node, type_name: str) -> bool:
    kind, python_types = _PYTHON_TYPES.get(type_name, ("", ()))
    return node.kind == kind and type(node.value) in python_types


def _type_problem(node: Node, name: str, wanted: str, hint: str = _FORM_HINT) -> FormatProblem:
    scalar = "empty" if node.value is None else f"'{node.text[:40]}'"
    found = {"mapping": "a group of keys", "sequence": "a list"}.get(node.kind, scalar)
    return FormatProblem(WRONG_TYPE, node.span, f"{name} is {found}, but should be {wanted}", hint)
