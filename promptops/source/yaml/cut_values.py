"""A value between braces of which a comma cuts off the end: a sentence, a number, a list in the wrong brackets."""

from __future__ import annotations

from promptops.source.yaml.meant_numbers import joined_by_comma
from promptops.source.yaml.reader import Node

LIST_OPENERS = "(（［【〔〈《<"
"""Brackets that do not make a list."""


def cut_value(mapping: Node, bare_key: str) -> tuple[str, str]:
    """What is wrong, and what to write, where the comma before this key without a colon cuts the value before it."""
    keys = list(mapping.key_spans)
    first = keys.index(bare_key) - 1
    while first > 0 and keys[first] in mapping.bare_keys:
        first -= 1
    value = mapping.get(keys[first]) if first >= 0 else None
    text = value.text if value is not None and value.kind == "scalar" and value.style is None else ""
    if text[:1] and text[0] in LIST_OPENERS:
        items = ", ".join([text, *(key for key in keys[first + 1 :] if key in mapping.bare_keys)])
        meant = f"write [{items[1:].rstrip(')）］】〕〉》>')}]" if len(items) < 80 else "write [ and ]"
        return f"this bracket ({text[0]}) does not make a list, so the comma ends the value", meant
    if value is not None and (number := joined_by_comma(text, bare_key)):
        spaces = mapping.key_spans[bare_key].column - value.span.end_column
        if spaces == 1:
            return f"a comma parts the number, so only {text} is read", f"write {number}"
    return (
        f"the comma before '{bare_key[:60]}' ends the text, so what follows is lost",
        "put the whole text in straight quotes",
    )
