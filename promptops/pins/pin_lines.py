"""Pins read line by line, where an environment file is written as `promptops pin` writes it.

Whatever else the file may hold is for the reader of YAML; nothing is guessed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from promptops.model.environment import Pin, Rollout
from promptops.model.revision import FULL_ID

_NAME = r'(?:(\w[\w./-]*)|"([^"\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]+)")'
_ID, _DIGEST = rf'(?:({FULL_ID})|"({FULL_ID})")', r"(sha256:[0-9a-f]{64})"
_COMMENT = r"#[^\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]*"
_END = rf"[ ]*(?:[ ]{_COMMENT})?\r?\n?"
_VERSION = rf"commit: {_ID}, digest: {_DIGEST}"
_PERCENT = r"((?:0|[1-9][0-9]?)(?:\.[0-9]{0,11}[1-9])?|100)"
_BLANK = re.compile(rf"[ ]*(?:{_COMMENT})?\r?\n?")
_START = re.compile(rf"---{_END}")
_TOP = re.compile(rf"pins:{_END}")
_ROW = re.compile(rf"([ ]+){_NAME}:(?: \{{{_VERSION}\}})?{_END}")
_FIELD = re.compile(
    rf"([ ]+)(?:(commit): {_ID}|(digest): {_DIGEST}|(rollout): \{{{_VERSION}, percent: {_PERCENT}\}}){_END}"
)


class UnknownLineError(Exception):
    """The file holds something that is not read line by line."""


class _Row(NamedTuple):
    """What a line is: `blank`, `start` (of the document), `top` (the key `pins`), `pin` (a whole one), `open` (fields
    follow), the field of that name, or `end`, which stands behind the last line."""

    kind: str
    indent: int = 0
    name: str = ""
    pin: Pin | None = None
    value: str = ""
    rollout: Rollout | None = None


_BLANK_ROW, _START_ROW, _TOP_ROW, _END_ROW = map(_Row, ("blank", "start", "top", "end"))


class PinLines:
    """Reads lines; each that was seen before is known."""

    def __init__(self) -> None:
        self._rows: dict[bytes, _Row] = {}

    def all_pins(self, lines: Sequence[bytes]) -> tuple[dict[str, Pin], int, int]:
        """The pins of a whole file, the row of its first pin and their indentation. UnknownLineError, as for all."""
        rows = [self._row(line) for line in lines]
        seen = [(at, row.kind) for at, row in enumerate(rows) if row.kind in ("start", "top", "pin", "open")][:3]
        before = [kind for _, kind in seen if kind in ("start", "top")]
        if before not in (["top"], ["start", "top"]) or len(before) == len(seen):
            raise UnknownLineError
        first = seen[len(before)][0]
        if any(row.kind not in ("blank", "start", "top") for row in rows[:first]):
            raise UnknownLineError
        return _unique(_pins(rows[first:], rows[first].indent)), first, rows[first].indent

    def changed_pins(
        self, old: Sequence[bytes], new: Sequence[bytes], span: tuple[int, int, int], first: int, indent: int
    ) -> tuple[dict[str, Pin], dict[str, Pin]]:
        """Of two versions that differ in this `span` of lines (`changed_range`) the pins that stand there in each.

        `first` is the row of the first pin in both.
        """
        start, old_end, new_end = span
        if start < first:
            raise UnknownLineError
        # From the beginning of the pin before to that of the next one: a pin may take several lines.
        start = max(start - 1, first)
        while start > first and self._row(old[start]).kind not in ("pin", "open"):
            start -= 1
        while old_end < len(old) and self._row(old[old_end]).kind not in ("pin", "open"):
            old_end, new_end = old_end + 1, new_end + 1
        return self._part(old[start:old_end], indent), self._part(new[start:new_end], indent)

    def _part(self, lines: Sequence[bytes], indent: int) -> dict[str, Pin]:
        return _unique(_pins([self._row(line) for line in lines], indent))

    def _row(self, line: bytes) -> _Row:
        if line not in self._rows:
            self._rows[line] = _parse_row(line)
        return self._rows[line]


def _unique(pins: Iterable[tuple[str, Pin]]) -> dict[str, Pin]:
    found: dict[str, Pin] = {}
    for name, pin in pins:
        if name in found:
            raise UnknownLineError
        found[name] = pin
    return found


def _pins(rows: Sequence[_Row], indent: int) -> Iterator[tuple[str, Pin]]:
    """The pins in these rows, which begin with one."""
    fields: dict[str, _Row] = {}
    inner = 0
    name = ""
    for row in (*rows, _END_ROW):
        if row.kind == "blank":
            continue
        if row.kind in ("commit", "digest", "rollout"):
            inner = inner or row.indent
            if not name or row.kind in fields or row.indent != inner or inner <= indent:
                raise UnknownLineError
            fields[row.kind] = row
            continue
        if name:
            yield name, _pin_of(name, fields)
        if row.kind not in ("pin", "open", "end") or (row.indent != indent and row.kind != "end"):
            raise UnknownLineError
        fields, inner, name = {}, 0, row.name if row.kind == "open" else ""
        if row.pin is not None:
            yield row.name, row.pin


def _pin_of(name: str, fields: dict[str, _Row]) -> Pin:
    if "commit" not in fields or "digest" not in fields:
        raise UnknownLineError
    rollout = fields["rollout"].rollout if "rollout" in fields else None
    return Pin(name, fields["commit"].value, fields["digest"].value, rollout)


def _parse_row(line: bytes) -> _Row:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise UnknownLineError from exc
    if _BLANK.fullmatch(text):
        return _BLANK_ROW
    if _START.fullmatch(text):
        return _START_ROW
    if _TOP.fullmatch(text):
        return _TOP_ROW
    if found := _ROW.fullmatch(text):
        indent, name, commit = len(found[1]), found[2] or found[3], found[4] or found[5]
        return _Row("pin", indent, name, Pin(name, commit, found[6])) if commit else _Row("open", indent, name)
    if found := _FIELD.fullmatch(text):
        indent, kind = len(found[1]), found[2] or found[5] or found[7]
        if kind == "rollout":
            rollout = Rollout(found[8] or found[9], found[10], float(found[11]))
            return _Row(kind, indent, rollout=rollout)
        return _Row(kind, indent, value=found[3] or found[4] or found[6])
    raise UnknownLineError
