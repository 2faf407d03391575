"""Comments that take a finding on.

`# promptops: ignore[P201] reason`, in templates and texts `{# promptops: ignore[P201] reason #}`.

In YAML a comment behind a key, or on a line of its own above it, covers all that stands below the key. In a text (a
template, or a message) it covers its own line, and the next one where it stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.base import MARK, Target
from promptops.lint.passages import Passage
from promptops.model.finding import Span
from promptops.source.yaml_reader import Node

_COMMENT = re.compile(rf"#[ \t]*{MARK}(?:\[([^\]\n]*)\])?[ \t]*:?[ \t]*([^\n]*)")


class Comment:
    """`codes` as written; `first` to `last` are the lines it covers; `used` are the codes that it really took on."""

    def __init__(self, span: Span, codes: tuple[str, ...], reason: str, first: int, last: int) -> None:
        self.span = span
        self.codes = codes
        self.reason = reason
        self.first = first
        self.last = last
        self.used: set[str] = set()

    def takes(self, code: str, line: int) -> bool:
        """Whether it covers a finding; without a reason it covers none."""
        if code not in self.codes or not self.reason or not self.first <= line <= self.last:
            return False
        self.used.add(code)
        return True


def comments_of(target: Target) -> tuple[Comment, ...]:
    """Every such comment of the file; none that is part of a text a model receives."""
    if target.kind == "template":
        return tuple(_in_text(target.messages))
    if target.node is None:
        return ()
    scalars: list[Span] = []
    ends: dict[int, int] = {}
    _collect(target.node, scalars, ends)
    found = []
    following = _following(target.rows)
    for number, row in enumerate(target.rows, 1):
        if MARK not in row:
            continue
        match = _COMMENT.search(row)
        if match is None or any(_holds(span, number, match.start() + 1) for span in scalars):
            continue
        alone = not row[: match.start()].strip()
        first = following[number] if alone else number
        found.append(_comment(match, number, first, max(first, ends.get(first, first))))
    plain = target.prompt is None or target.prompt.plain
    return (*found, *([] if plain else _in_text(target.messages)))


def _in_text(passages: tuple[Passage, ...]) -> Iterator[Comment]:
    for passage in passages:
        for tag in passage.tags if MARK in passage.text else ():
            match = _COMMENT.match(f"#{tag.body.strip(' -+')}") if tag.kind == "{#" else None
            if match is None:
                continue
            span = passage.span(tag.start, tag.end)
            row = passage.rows[span.line - 1] if span.line <= len(passage.rows) else ""
            alone = not (row[: span.column - 1] + row[span.end_column - 1 :]).strip()
            codes, reason = _codes(match[1]), match[2].strip()
            yield Comment(span, codes, reason, span.line, span.line + alone)


def _comment(match: re.Match[str], line: int, first: int, last: int) -> Comment:
    span = Span.at(line, match.start() + 1, len(match[0].rstrip()))
    return Comment(span, _codes(match[1]), match[2].strip(), first, last)


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _following(rows: list[str]) -> list[int]:
    """For each line the first one below that is neither blank nor a comment; the line itself where there is none."""
    lines, following = list(range(len(rows) + 1)), 0
    for number in range(len(rows), 0, -1):
        lines[number] = following or number
        row = rows[number - 1].strip()
        if row and not row.startswith("#"):
            following = number
    return lines


def _collect(node: Node, scalars: list[Span], ends: dict[int, int]) -> None:
    """Every scalar's span, and for each line the last line of what begins there."""
    if node.kind == "scalar":
        scalars.append(node.span)
        return
    children = list(node.value.values()) if node.kind == "mapping" else node.value
    starts = list(node.key_spans.values()) if node.kind == "mapping" else [child.span for child in children]
    for start, child in zip(starts, children, strict=False):
        last = child.span.end_line - (child.span.end_column == 1)
        ends[start.line] = max(ends.get(start.line, 0), last)
        _collect(child, scalars, ends)


def _holds(span: Span, line: int, column: int) -> bool:
    return (span.line, span.column) <= (line, column) < (span.end_line, span.end_column)
