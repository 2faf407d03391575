"""Values, limits and expressions in a JSON Schema that cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from promptops.lint.json_schema.value_types import fits, key_of, same, words
from promptops.lint.located_values.odd_choices import is_in_curly_quotes, odd_choices, straightened
from promptops.model.finding import Fix, Severity, Span
from promptops.source.yaml.cut_values import LIST_OPENERS
from promptops.source.yaml.reader import Node
from promptops.templating.json_schema.keywords import COUNT_LIMITS, NUMBER_LIMITS, VALUE_TYPES

_LIMITS = frozenset((*NUMBER_LIMITS, *COUNT_LIMITS, "exclusiveMinimum", "exclusiveMaximum"))
_LONGEST = 60
_RANGES = (*zip(COUNT_LIMITS[::2], COUNT_LIMITS[1::2], strict=True), ("minimum", "maximum"))


class SchemaProblem(NamedTuple):
    """What is wrong at `span` of the schema's text. `fix` has that text's span, too."""

    span: Span
    message: str
    hint: str
    severity: Severity = "error"
    fix: Fix | None = None
    detail: str = ""


def wrong_values(node: Node, types: tuple[str, ...]) -> Iterator[SchemaProblem]:
    """Values under `enum` and `default` that cannot be meant."""
    choices, default = node.get("enum"), node.get("default")
    if choices is not None and choices.kind != "sequence":
        yield from _no_list(node, choices)
        choices = None
    elif choices is not None and (odd := odd_choices(choices)):
        yield _odd(odd[0], choices)
    if choices is not None:
        if not choices.value:
            yield SchemaProblem(node.key_spans["enum"], "no value is possible: the list is empty", "add at least one")
        seen = set()
        for value in choices.value:
            key = key_of(value)
            if key is not None and key in seen:
                message = f"'{value.text[:40]}' stands here twice"
                yield SchemaProblem(value.span, message, "keep one of the two", "warning")
            seen.add(key)
            if not fits(value, types):
                yield SchemaProblem(value.span, f"this is not {words(types)}", _how(value, types), "warning")
    if default is None or (default.value is None and default.kind == "scalar"):
        return
    if not fits(default, types) and not (types == ("string",) and default.kind == "scalar"):
        yield SchemaProblem(default.span, f"the default is not {words(types)}", _how(default, types), "warning")
    elif choices is not None and choices.value and default.kind == "scalar":
        if not any(same(default, value) for value in choices.value) and not any(
            value.text == default.text for value in choices.value
        ):
            listed = ", ".join(value.text[:40] for value in choices.value[:8])
            message = f"the default '{default.text[:40]}' is not one of the values under enum"
            yield SchemaProblem(default.span, message, f"write one of: {listed}", "warning")
    else:
        yield from _outside(node, default)


def _no_list(node: Node, choices: Node) -> Iterator[SchemaProblem]:
    text = choices.text.strip() if choices.kind == "scalar" else ""
    keys = list(node.key_spans)
    after = keys[keys.index("enum") + 1 :][:1]
    if text[:1] and text[0] in LIST_OPENERS and after and after[0] in node.bare_keys:
        return  # as P015 says
    hint = "write them in brackets: [one, two]"
    items = [item.strip() for item in re.split(r"[,;，；、/|\n]", text.strip("()（）［］【】〔〕"))]
    if len(items) > 1 and all(items) and len(text) <= _LONGEST and not set("[]{}:#\"'") & set(text):
        hint = f"write them in brackets: [{', '.join(items)}]"
    yield SchemaProblem(choices.span if text else node.key_spans["enum"], "`enum` is a list of values", hint)


def _odd(one: Node, choices: Node) -> SchemaProblem:
    meant = straightened(choices)
    write = f"write {meant}" if len(meant) <= _LONGEST and meant != "[]" else "write straight quotes, or none"
    if is_in_curly_quotes(one.text):
        message = f"the curly quotes are part of the value {one.text[:40]}, so no other value fits"
        return SchemaProblem(one.span, message, write)
    message = f"'{one.text}' stands among the values as one of them, and lets no others in"
    return SchemaProblem(one.span, message, f"write every value that there can be, and take '{one.text}' out")


def wrong_limits(node: Node) -> Iterator[SchemaProblem]:
    """Limits that are no numbers, and lower ones above upper ones."""
    if _LIMITS.isdisjoint(node.value):
        return
    for key in (*NUMBER_LIMITS, *COUNT_LIMITS):
        value = node.get(key)
        if value is None:
            continue
        number = value.kind == "scalar" and type(value.value) in (int, float)
        whole = number and float(value.value).is_integer() and value.value >= 0
        if not number or (key in COUNT_LIMITS and not whole):
            wanted = "a whole number, 0 or more" if key in COUNT_LIMITS else "a number"
            place = value.span if value.kind == "scalar" and value.text else node.key_spans[key]
            yield SchemaProblem(place, f"`{key}` must be {wanted}", "write digits only, without quotes")
    for key in ("exclusiveMinimum", "exclusiveMaximum"):
        value = node.get(key)
        if value is not None and type(value.value) not in (int, float, bool):
            place = value.span if value.kind == "scalar" and value.text else node.key_spans[key]
            yield SchemaProblem(place, f"`{key}` must be a number", "write digits only, without quotes")
    for low, high in _RANGES:
        least, most = _number(node.get(low)), _number(node.get(high))
        if least is not None and most is not None and least > most:
            message = f"`{low}` is above `{high}`, so that no value fits"
            yield SchemaProblem(node.value[low].span, message, "exchange the two")


def wrong_value_types(node: Node, own: tuple[str, ...]) -> Iterator[SchemaProblem]:
    """Descriptions that are no texts and their like: no check follows them, and a model's server may refuse them."""
    for key, wanted in VALUE_TYPES.items():
        value = node.get(key)
        if value is None or key in own or (value.kind == "scalar" and value.value is None):
            continue
        found = {"sequence": list, "mapping": dict}.get(value.kind) or type(value.value)
        if found is not wanted:
            what = {str: "a text", list: "a list", dict: "a group of names", bool: "true or false"}[wanted]
            hint = "put it in quotes" if wanted is str and value.kind == "scalar" else f"write {what}"
            message = f"`{key}` must be {what}"
            yield SchemaProblem(node.key_spans[key], message, hint, "warning", detail="it is passed over")


def wrong_pattern(node: Node) -> Iterator[SchemaProblem]:
    """An expression that cannot be read, or that can take for ever."""
    pattern = node.value["pattern"]
    if pattern.kind != "scalar" or not isinstance(pattern.value, str):
        yield SchemaProblem(node.key_spans["pattern"], "`pattern` must be a text", "put it in single quotes")
    else:
        yield from wrong_expression(pattern.text, pattern.span)


def wrong_expression(pattern: str, span: Span) -> Iterator[SchemaProblem]:
    """What is wrong with an expression that stands at `span`."""
    from promptops.lint.json_schema.regex_checks import broken, explodes, not_linear

    if reason := broken(pattern):
        yield SchemaProblem(span, f"this is not a regular expression: {reason}", "check brackets and backslashes")
        return
    part, shown = not_linear(pattern), f"{pattern[:60]}{'…' if len(pattern) > 60 else ''}"
    if explodes(pattern):
        where = "" if part else " in other programs (here it is read in one pass)"
        message = f"this expression can take for ever{where}: something is repeated inside what is repeated"
        hint = "repeat once: ([a-z]+)+ finds no more than [a-z]+"
        yield SchemaProblem(span, message, hint, "warning" if part else "note")
    elif part:
        message = f"'{shown}' is not linear: {part}, so a long text may be tried in very many ways"
        hint = f"say it without {part}; as it stands, a text that takes longer than a second is an error"
        yield SchemaProblem(span, message, hint, "note")


def _how(node: Node, types: tuple[str, ...]) -> str:
    if node.kind == "scalar" and node.text.lower() in ("yes", "no", "on", "off") and "boolean" in types:
        return f"write {'true' if node.text.lower() in ('yes', 'on') else 'false'}"
    if node.kind == "scalar" and "string" in types:
        return f'put it in quotes: "{node.text[:40]}"'
    return "change the value, or the `type`"


def _number(node: Node | None) -> float | None:
    value = node.value if node is not None and node.kind == "scalar" else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _outside(node: Node, default: Node) -> Iterator[SchemaProblem]:
    value, least, most = _number(default), _number(node.get("minimum")), _number(node.get("maximum"))
    if value is not None and ((least is not None and value < least) or (most is not None and value > most)):
        message = f"the default {default.text[:40]} is outside `minimum` and `maximum`"
        yield SchemaProblem(default.span, message, "change the default, or the limits", "warning")
