"""Hidden characters that a YAML text in double quotes spells out: `"\\u202e"` reaches the model as the mark itself."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate, islice

from promptops.lint.engine.offsets import span_of
from promptops.lint.engine.target import Target
from promptops.model.finding import Span
from promptops.source.yaml.reader import Node
from promptops.text.invisible_characters import HiddenText, find_hidden_text

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))")

_QUOTED_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"')
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
        read, place = _unescaped(text, first, last)
        for hidden in find_hidden_text(read):
            start, end = place(hidden.start), place(hidden.end)
            if "\\" in text[start:end] and ord(read[hidden.start]) > 0x9F:  # control characters are written on purpose
                instead = "" if hidden.instead == "" else None
                yield hidden._replace(instead=instead), span_of(text, start, end)


def json_escapes(text: str) -> Iterator[tuple[HiddenText, Span]]:
    """What hides by an escape in the texts of a JSON or YAML file, and where."""
    for quoted in islice(_QUOTED_TEXT.finditer(text), _ENOUGH):
        read, place = _unescaped(text, quoted.start() + 1, quoted.end() - 1)
        for hidden in find_hidden_text(read):
            start, end = place(hidden.start), place(hidden.end)
            if "\\" in text[start:end] and ord(read[hidden.start]) > 0x9F:
                yield hidden._replace(instead=None), span_of(text, start, end)


def _quoted(node: Node) -> Iterator[Node]:
    if node.kind == "scalar":
        if node.style == '"':
            yield node
        return
    for key, child in node.items() if node.kind == "mapping" else enumerate(node.value):
        if key != "testData":
            yield from _quoted(child)


def _unescaped(text: str, first: int, last: int) -> tuple[str, Callable[[int], int]]:
    """The text as it is read, and what gives for an offset in it the one in the file."""
    parts: list[str] = []
    read: list[int] = []
    written: list[int] = []
    length, position = 0, first
    for escape in islice(_ESCAPE.finditer(text, first, last), _ENOUGH):
        read += [length, length + escape.start() - position]
        written += [position, escape.start()]
        code = escape[1] or escape[2] or escape[3]
        char = chr(int(code, 16)) if code and int(code, 16) <= 0x10FFFF else "\n" if escape[4] == "n" else " "
        parts += [text[position : escape.start()], char]
        length, position = read[-1] + 1, escape.end()
    read.append(length)
    written.append(position)
    parts.append(text[position:last])

    def place(offset: int) -> int:
        piece = bisect_right(read, offset) - 1
        return written[piece] + offset - read[piece]

    return "".join(parts), place
