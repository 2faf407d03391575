"""What each filter makes of a value, and whether the two rules can differ in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jinja2 import nodes

from promptops.templating.sealed_format.shapes import ANY, INTEGER, TEXT, Shape, either, list_of
from promptops.templating.text_filters import OF_GROUPS, OF_LISTS, OF_TEXT

NUMBER = Shape(frozenset({"number"}))
UNBOUNDED = Shape(frozenset({"number", "infinity"}))
KEEP_NUMBERS = ("abs", "d", "default", "float", "int", "round")
"""Filters of which it is known what they make of a number that is none in JSON."""
_ONLY_OF_TEXT = ("indent", "truncate", "wordwrap")
"""Filters that refuse a number by the older rule."""
_KEEPS_ITEMS = ("list", "sort", "unique", "select", "reject", "selectattr", "rejectattr")
_ONE_OF_THEM = ("first", "last", "min", "max")
TEXT_TESTS = ("lower", "upper")


class Filtered(NamedTuple):
    """What comes out, and whether it can be another text, or an error, by one of the rules."""

    shape: Shape
    can_differ: bool = False


class Argument(NamedTuple):
    """What a filter is given: the shape, and the expression as written."""

    shape: Shape
    node: nodes.Node


def apply_filter(
    name: str, value: Shape, arguments: Sequence[Argument] = (), named: Sequence[tuple[str, Argument]] = ()
) -> Filtered:
    """The shape of `value | name(arguments, named)`."""
    every = [*arguments, *(argument for _, argument in named)]
    if name in ("tojson", "pprint"):
        return Filtered(TEXT, can_differ=True)
    if name in ("default", "d"):
        others = [*arguments[:1], *(argument for key, argument in named if key == "default_value")]
        return Filtered(either([value, *(one.shape for one in others)] if others else [value, TEXT]))
    if name == "map":
        return _map(value, arguments, named)
    if name in ("select", "reject") and every and _test_name(every[0].node) in TEXT_TESTS:
        return Filtered(list_of(value.item()), can_differ=not value.item().is_same_text)
    if name in ("selectattr", "rejectattr") and len(every) > 1 and _test_name(every[1].node) in TEXT_TESTS:
        return Filtered(list_of(value.item()), can_differ=True)
    if name in OF_TEXT:
        told = every if name in ("replace", "format") else []
        if name == "format" and any(not one.shape.kinds <= {"text", "integer"} for one in every):
            return Filtered(TEXT, can_differ=True)  # `%r` shows a Decimal as Python writes it
        is_same = value.kinds <= {"text"} if name in _ONLY_OF_TEXT else value.is_same_text
        differs = not is_same or not all(one.shape.is_same_text for one in told)
        return Filtered(INTEGER if name == "wordcount" else TEXT, differs)
    if name == "join":
        items = ANY if len(arguments) > 1 or "attribute" in dict(named) else value.item()
        same = value.kinds <= {"text", "list"} and items.is_same_text
        separator = [one.shape for one in arguments[:1]] or [one.shape for key, one in named if key == "d"]
        return Filtered(TEXT, can_differ=not same or not all(one.is_same_text for one in separator))
    if name in ("urlencode", "xmlattr"):
        return Filtered(TEXT, can_differ=name == "xmlattr" or not value.is_same_text)
    return Filtered(_result(name, value, every), can_differ=_minds_null(name) and value.may_be("null"))


def _minds_null(name: str) -> bool:
    return name in (*OF_LISTS, *OF_GROUPS, *_ONE_OF_THEM, "abs", "round", "filesizeformat")


def _result(name: str, value: Shape, every: Sequence[Argument]) -> Shape:
    if name in ("length", "count", "int"):
        return INTEGER
    if name == "float":
        return NUMBER if value.kinds <= {"number", "integer"} and not every else either([UNBOUNDED, ANY])
    if name in ("abs", "round"):
        return value if value.kinds <= {"number", "integer", "infinity"} else either([UNBOUNDED, ANY])
    if name == "sum":
        return INTEGER if value.item() == INTEGER and not every else either([UNBOUNDED, ANY])
    if name == "filesizeformat":
        return TEXT
    if name in _KEEPS_ITEMS:
        return list_of(value.item())
    if name in _ONE_OF_THEM:
        return value.item()
    if name == "reverse":
        return TEXT if value.kinds <= {"text"} else list_of(value.item())
    if name in ("batch", "slice"):
        return list_of(list_of(either([value.item(), *(one.shape for one in every)])))
    return list_of(list_of(ANY)) if name in ("dictsort", "items") else ANY


def _map(value: Shape, arguments: Sequence[Argument], named: Sequence[tuple[str, Argument]]) -> Filtered:
    """`map("upper")` and `map(attribute="name")`."""
    filtered = _test_name(arguments[0].node) if arguments else ""
    if filtered:
        found = apply_filter(filtered, value.item(), arguments[1:], named)
        return Filtered(list_of(found.shape), found.can_differ or value.may_be("null"))
    return Filtered(list_of(ANY), can_differ=bool(arguments) or value.may_be("null") or not named)


def _test_name(node: nodes.Node) -> str:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else ""
