"""Pins between braces, given lines of their own."""

from __future__ import annotations

from itertools import pairwise

from promptops.model.finding import Span
from promptops.pins.document import EnvironmentDocument, parse_or_none


def without_outer_braces(document: EnvironmentDocument) -> EnvironmentDocument | None:
    """`{pins: {…}}` as `pins: {…}`. None where comments stand between the braces: lines have no place for them."""
    root, pins_node = document.root, document.pins_node
    if not document.text_of(root.span).startswith("{"):
        return document
    if _has_comments(document, root.span, [root.key_spans["pins"], pins_node.span]):
        return None
    head, tail = _split_around(document, root.span)
    return parse_or_none(f"{head}pins: {document.text_of(pins_node.span)}{tail}", document.where)


def to_block_style(document: EnvironmentDocument, more: list[str]) -> str | None:
    """`pins: {…}` with every pin on lines of its own, and `more` rows (without line ends) below them.

    None where comments stand between the braces.
    """
    pins_node = document.pins_node
    parts = [span for name, value in pins_node.items() for span in (pins_node.key_spans[name], value.span)]
    if _has_comments(document, pins_node.span, parts):
        return None
    # A comment inside a value would swallow its closing brace here, and the text be refused when it is read again.
    rows = []
    for name, value in pins_node.items():
        key, pin = document.text_of(pins_node.key_spans[name]), document.text_of(value.span)
        rows.append(f"{document.indent}{key}: {' '.join(pin.split())}")
    head, tail = _split_around(document, pins_node.span)
    behind, _, below = tail.partition("\n")
    comment = behind.strip() and (behind.rstrip() if behind[0] in " \t" else f" {behind.rstrip()}")
    head = head.rstrip(" \t") + comment
    if not head.endswith("\n"):
        head += document.line_end
    return head + "".join(row + document.line_end for row in [*rows, *more]) + below


def _split_around(document: EnvironmentDocument, span: Span) -> tuple[str, str]:
    """What stands before the span and behind it."""
    start, end = document.offset(span.line, span.column), document.offset(span.end_line, span.end_column)
    return document.text[:start], document.text[end:]


def _has_comments(document: EnvironmentDocument, braces: Span, parts: list[Span]) -> bool:
    """Whether there is a comment between the braces, outside of the parts."""
    start = Span(braces.line, braces.column, braces.line, braces.column)
    end = Span(braces.end_line, braces.end_column, braces.end_line, braces.end_column)
    gaps = (
        Span(one.end_line, one.end_column, other.line, other.column) for one, other in pairwise([start, *parts, end])
    )
    return any("#" in document.text_of(gap) for gap in gaps)
