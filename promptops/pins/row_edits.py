"""Pins put into the rows of an environment file, and taken out of them.

Each function gives the edited text, or None where it cannot be done without loss; whether the text says what is meant
is for the caller to check.
"""

from __future__ import annotations

from promptops.model.environment import Pin, Rollout
from promptops.model.finding import Span
from promptops.pins.document import EnvironmentDocument, PinEntry, parse_or_none, replace_in_row
from promptops.pins.yaml_format import (
    pin_rows,
    rollout_row,
    split_comment,
    with_comment,
    yaml_name,
    yaml_percent,
    yaml_value,
)
from promptops.source.yaml.reader import Node


def insert_pin(document: EnvironmentDocument, pin: Pin, comment: str) -> str | None:
    """The file with one pin more: where it sorts, at the end if the others are not sorted."""
    opened = _without_outer_braces(document)
    blocks = _to_block_style(document) if document.pins else opened
    if blocks is None:
        return None
    rows = pin_rows(pin, yaml_name(pin.prompt), blocks.indent, comment)
    names = list(blocks.pins)
    if not names:
        return _pins_on_lines(blocks, rows)
    is_sorted = names == sorted(names)
    before = [name for name in names if not is_sorted or name < pin.prompt]
    row = blocks.entry(before[-1]).last if before else blocks.pins_row
    return _insert_rows(blocks, blocks.lines, row, rows)


def replace_pin(document: EnvironmentDocument, pin: Pin, comment: str) -> str | None:
    """The file with this pin in the place of the one its prompt has; only what differs is written anew."""
    old = document.pins[pin.prompt]
    same_shape = (old.rollout is None) == (pin.rollout is None)
    patched = _patch_values(document, pin)
    if same_shape and patched is not None and not comment and not document.is_block:
        return "".join(patched)
    blocks = _to_block_style(document)
    if blocks is None:
        return None
    entry, patched = blocks.entry(pin.prompt), _patch_values(blocks, pin)
    lines = list(blocks.lines) if patched is None else patched
    row = lines[entry.first].rstrip("\r\n")
    lines[entry.first] = with_comment(row, entry.after, comment) + lines[entry.first][len(row) :]
    if same_shape and patched is not None:
        return "".join(lines)
    if patched is None or blocks.text_of(entry.node.span).startswith("{") or _is_our_style(blocks, entry, old):
        return _rewrite_entry(blocks, lines, entry, pin)
    if pin.rollout is not None:
        column = min(span.column for span in entry.node.key_spans.values())
        return _insert_rows(blocks, lines, entry.last, [" " * (column - 1) + rollout_row(pin.rollout)])
    first = entry.node.key_spans["rollout"].line - 1
    del lines[first : blocks.last_row(first, entry.node.value["rollout"].span) + 1]
    return "".join(lines)


def delete_pin(document: EnvironmentDocument, name: str) -> str | None:
    """The file without the pin of that prompt."""
    blocks = _to_block_style(document)
    if blocks is None:
        return None
    entry, lines = blocks.entry(name), list(blocks.lines)
    del lines[entry.first : entry.last + 1]
    if len(blocks.pins) == 1:
        row, after = lines[blocks.pins_row], blocks.root.key_spans["pins"].end_column - 1
        lines[blocks.pins_row] = row[:after] + row[after:].replace(":", ": {}", 1)
    return "".join(lines)


def _to_block_style(document: EnvironmentDocument) -> EnvironmentDocument | None:
    """The document with each pin on lines of its own."""
    if document.is_block:
        return document
    opened = _without_outer_braces(document)
    return None if opened is None else parse_or_none(_pins_on_lines(opened, []), document.where)


def _without_outer_braces(document: EnvironmentDocument) -> EnvironmentDocument | None:
    """`{pins: {…}}` as `pins: {…}`. None where comments stand between the braces: lines have no place for them."""
    root, pins_node = document.root, document.pins_node
    if not document.text_of(root.span).startswith("{"):
        return document
    if _has_comments(document, root.span, [root.key_spans["pins"], pins_node.span]):
        return None
    head, tail = _split_around(document, root.span)
    return parse_or_none(f"{head}pins: {document.text_of(pins_node.span)}{tail}", document.where)


def _pins_on_lines(document: EnvironmentDocument, more: list[str]) -> str | None:
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
    place = document.offsets(span)
    return document.text[: place.start], document.text[place.stop :]


def _has_comments(document: EnvironmentDocument, braces: Span, parts: list[Span]) -> bool:
    """Whether there is a comment between the braces, outside of the parts."""
    whole, places = document.offsets(braces), [document.offsets(part) for part in parts]
    starts, stops = [whole.start, *(one.stop for one in places)], [*(one.start for one in places), whole.stop]
    return any("#" in document.text[start:stop] for start, stop in zip(starts, stops, strict=True))


def _patch_values(document: EnvironmentDocument, pin: Pin) -> list[str] | None:
    """The lines with the pin's values in the place of the old ones; None where one of these is more than a word.

    A rollout on one side only is left as it is.
    """
    node = document.pins_node.value[pin.prompt]
    changes = _version_changes(node, pin)
    if pin.rollout is not None and (rollout := node.get("rollout")) is not None:
        changes += _version_changes(rollout, pin.rollout)
        percent = rollout.value["percent"]
        if percent.value != pin.rollout.percent:
            changes.append((percent, yaml_percent(pin.rollout.percent)))
    lines = list(document.lines)
    for old, new in sorted(changes, key=lambda change: change[0].span, reverse=True):  # the places before stay
        if old.span.line != old.span.end_line:
            return None
        replace_in_row(lines, old.span, new)
    return lines


def _version_changes(node: Node, arm: Pin | Rollout) -> list[tuple[Node, str]]:
    pairs = ((node.value["commit"], arm.commit), (node.value["digest"], arm.digest))
    return [
        (old, f"{old.style}{new}{old.style}" if old.style else yaml_value(new)) for old, new in pairs if old.text != new
    ]


def _is_our_style(document: EnvironmentDocument, entry: PinEntry, pin: Pin) -> bool:
    """Whether the entry stands there as this module writes it: then it may be written anew."""
    rows = [line.rstrip("\r\n") for line in document.lines[entry.first : entry.last + 1]]
    return [split_comment(rows[0], entry.after)[0], *rows[1:]] == pin_rows(pin, entry.key, document.indent)


def _rewrite_entry(document: EnvironmentDocument, lines: list[str], entry: PinEntry, pin: Pin) -> str | None:
    """The entry in our style, with what stood behind its first and last row as comment behind its name.

    None where other comments stand in it.
    """
    old = [line.rstrip("\r\n") for line in lines[entry.first : entry.last + 1]]
    note = split_comment(old[0], entry.after)[1]
    if len(old) > 1:
        code, last_note = split_comment(old[-1], 0)
        if any("#" in row for row in [*old[1:-1], code]):
            return None
        note += last_note
    rows = pin_rows(pin, entry.key, document.indent)
    new = [rows[0] + note, *rows[1:]]
    return "".join([*lines[: entry.first], *(row + document.line_end for row in new), *lines[entry.last + 1 :]])


def _insert_rows(document: EnvironmentDocument, lines: list[str], row: int, rows: list[str]) -> str:
    """The text with `rows` below the row."""
    above = "".join(lines[: row + 1])
    if not above.endswith("\n"):
        above += document.line_end
    return above + "".join(each + document.line_end for each in rows) + "".join(lines[row + 1 :])
