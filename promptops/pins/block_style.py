"""Pins between braces, given lines of their own."""

from __future__ import annotations

from itertools import pairwise

from promptops.model.finding import Span
from promptops.pins.document import EnvironmentDocument, parse_or_none


def without_outer_braces(page: EnvironmentDocument) -> EnvironmentDocument | None:
    """`{pins: {…}}` as `pins: {…}`. None where comments stand between the braces: lines have no place for them."""
    root, group = page.root, page.group
    if not page.cut(root.span).startswith("{"):
        return page
    if _has_comments(page, root.span, [root.key_spans["pins"], group.span]):
        return None
    head, tail = _around(page, root.span)
    return parse_or_none(f"{head}pins: {page.cut(group.span)}{tail}", page.where)


def to_block_style(page: EnvironmentDocument, more: list[str]) -> str | None:
    """`pins: {…}` with every pin on lines of its own, and `more` rows (without line ends) below them.

    None where comments stand between the braces.
    """
    group = page.group
    parts = [span for name, value in group.items() for span in (group.key_spans[name], value.span)]
    if _has_comments(page, group.span, parts):
        return None
    # A comment inside a value would swallow its closing brace here, and the text be refused when it is read again.
    rows = [
        f"{page.indent}{page.cut(group.key_spans[name])}: {' '.join(page.cut(value.span).split())}"
        for name, value in group.items()
    ]
    head, tail = _around(page, group.span)
    behind, _, below = tail.partition("\n")
    comment = behind.strip() and (behind.rstrip() if behind[0] in " \t" else f" {behind.rstrip()}")
    head = head.rstrip(" \t") + comment
    if not head.endswith("\n"):
        head += page.line_end
    return head + "".join(row + page.line_end for row in [*rows, *more]) + below


def _around(page: EnvironmentDocument, span: Span) -> tuple[str, str]:
    """What stands before the span and behind it."""
    return page.text[: page.offset(span.line, span.column)], page.text[page.offset(span.end_line, span.end_column) :]


def _has_comments(page: EnvironmentDocument, braces: Span, parts: list[Span]) -> bool:
    """Whether there is a comment between the braces, outside of the parts."""
    start = Span(braces.line, braces.column, braces.line, braces.column)
    end = Span(braces.end_line, braces.end_column, braces.end_line, braces.end_column)
    gaps = (
        Span(one.end_line, one.end_column, other.line, other.column) for one, other in pairwise([start, *parts, end])
    )
    return any("#" in page.cut(gap) for gap in gaps)
