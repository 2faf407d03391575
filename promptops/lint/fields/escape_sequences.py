"""Hidden characters that a YAML text in double quotes spells out: `"\\u202e"` reaches the model as the mark itself."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, islice

from promptops.lint.engine.offsets import span_of
from promptops.lint.engine.target import Target
from promptops.model.finding import Span
from promptops.source.yaml.reader import Node
from promptops.text.invisible_characters import HiddenText, find_hidden_text

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))")

_ENOUGH = 50_000
"""Escapes looked at in one text."""


def hidden_escapes(target: Target) -> Iterator[tuple[HiddenText, Span]]:
    """What hides in quoted texts outside the cases by an escape, and where. What stands there as it is, is left out."""
    if target.node is None:
        return
    text = target.text
    starts = list(accumulate((len(row) + 1 for row in target.rows), initial=0))
    for node in _quoted(target.node):
        span = node.span
        first, last = starts[span.line - 1] + span.column, starts[span.end_line - 1] + span.end_column - 2
        if text.find("\\", first, last) < 0:
            continue
        read, places = _unescaped(text, first, last)
        for hidden in find_hidden_text(read):
            start, end = places(hidden.start), places(hidden.end)
            if "\\" in text[start:end] and ord(read[hidden.start]) > 0x9F:  # control characters are written on purpose
                instead = "" if hidden.instead == "" else None
                yield hidden._replace(instead=instead), span_of(text, start, end)


def _quoted(node: Node) -> Iterator[Node]:
    if node.kind == "scalar":
        if node.style == '"':
            yield node
        return
    for key, child in node.items() if node.kind == "mapping" else enumerate(node.value):
        if key != "testData":
            yield from _quoted(child)


class _Places:
    """Offsets in the text as it is read → offsets in the file."""

    def __init__(self) -> None:
        self.read: list[int] = []
        self.written: list[int] = []

    def __call__(self, offset: int) -> int:
        piece = bisect_right(self.read, offset) - 1
        return self.written[piece] + offset - self.read[piece]


def _unescaped(text: str, first: int, last: int) -> tuple[str, _Places]:
    parts: list[str] = []
    places, length, position = _Places(), 0, first
    for escape in islice(_ESCAPE.finditer(text, first, last), _ENOUGH):
        places.read += [length, length + escape.start() - position]
        places.written += [position, escape.start()]
        code = escape[1] or escape[2] or escape[3]
        char = chr(int(code, 16)) if code and int(code, 16) <= 0x10FFFF else "\n" if escape[4] == "n" else " "
        parts += [text[position : escape.start()], char]
        length, position = places.read[-1] + 1, escape.end()
    places.read.append(length)
    places.written.append(position)
    parts.append(text[position:last])
    return "".join(parts), places
