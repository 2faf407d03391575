"""The text of an environment file beside what it says, so that an edit finds the rows it may touch."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptError
from promptops.model.environment import Pin
from promptops.model.finding import Span
from promptops.model.revision import Revision
from promptops.source.formats.environments import load_environment, read_environment
from promptops.source.yaml.document import require_valid
from promptops.source.yaml.reader import Node


class PinEntry(NamedTuple):
    """One pin in its file: rows `first` to `last` (from 0, both included), `after` the column behind its key."""

    first: int
    last: int
    after: int
    key: str
    node: Node


class EnvironmentDocument:
    """An environment file; `lines` keep their line ends. PromptError where the file cannot be read."""

    def __init__(self, text: str, where: str) -> None:
        path = PurePosixPath(where)
        document = read_environment(_OneFile(text), path)
        empty = document.node.get("pins") if document.node is not None else None
        lines = text.splitlines(keepends=True)
        if empty is not None and empty.kind == "scalar" and empty.value is None:
            # People leave `pins:` empty; a file that is served says `pins: {}`. Behind `? pins` that has no place.
            if empty.span.line > len(lines):
                raise PromptError("'pins' is followed by nothing", where=where, hint="write `pins: {}`")
            replace_in_row(lines, empty.span, "{}" if empty.text else " {}")
            text = "".join(lines)
            document = read_environment(_OneFile(text), path)
        self.where, self.text = where, text
        self.root = require_valid(document, strict=True)
        self.pins_node = self.root.value["pins"]
        self.pins: Mapping[str, Pin] = load_environment(_OneFile(text), path).pins
        self.lines = text.splitlines(keepends=True)
        self.line_end = "\r\n" if self.lines[0].endswith("\r\n") else "\n"
        self._starts = list(accumulate(map(len, self.lines), initial=0))

    @property
    def is_block(self) -> bool:
        """Whether each pin stands on lines of its own, not all between braces."""
        return not any(self.text_of(node.span).startswith("{") for node in (self.root, self.pins_node))

    @property
    def pins_row(self) -> int:
        """The row (from 0) of the key `pins`."""
        return self.root.key_spans["pins"].end_line - 1

    @property
    def indent(self) -> str:
        """What stands before a pin's name."""
        columns = [span.column - 1 for span in self.pins_node.key_spans.values()] if self.is_block else []
        return " " * min(columns, default=self.root.key_spans["pins"].column + 1)

    def text_of(self, span: Span) -> str:
        """The text between the span's ends."""
        return self.text[self.offsets(span)]

    def offsets(self, span: Span) -> slice:
        """The span's place in the text, which ends where there is no such line."""
        ends = ((span.line, span.column), (span.end_line, span.end_column))
        return slice(
            *(self._starts[row - 1] + column - 1 if row <= len(self.lines) else len(self.text) for row, column in ends)
        )

    def entry(self, name: str) -> PinEntry:
        """The pin of that name in a file that `is_block`."""
        span, node = self.pins_node.key_spans[name], self.pins_node.value[name]
        return PinEntry(
            span.line - 1, self.last_row(span.line - 1, node.span), span.end_column - 1, self.text_of(span), node
        )

    def last_row(self, first: int, span: Span) -> int:
        """The last row of a value in rows from `first` on; comments and blank rows below it are not its own.

        YAML lets a group end where the next thing begins.
        """
        row = min(span.end_line, len(self.lines)) - 1
        while row > first:
            text = self.lines[row][: span.end_column - 1] if row == span.end_line - 1 else self.lines[row]
            if text.strip() and not text.lstrip().startswith("#"):
                break
            row -= 1
        return row


def parse_or_none(text: str | None, where: str) -> EnvironmentDocument | None:
    """The document of an edited text; None where there is none, or where it is no environment any more."""
    try:
        return None if text is None else EnvironmentDocument(text, where)
    except PromptError:
        return None


def replace_in_row(lines: list[str], span: Span, new: str) -> None:
    """Put `new` into the lines in the place of the span, which lies within one line."""
    row = lines[span.line - 1]
    lines[span.line - 1] = row[: span.column - 1] + new + row[span.end_column - 1 :]


class _OneFile:
    """A source that holds one text."""

    revision = Revision()

    def __init__(self, text: str) -> None:
        self._data = text.encode("utf-8", "surrogatepass")

    def read(self, path: PurePosixPath) -> bytes:
        return self._data

    def list(self, glob: str) -> list[PurePosixPath]:
        return []

    def exists(self, path: PurePosixPath) -> bool:
        return True
