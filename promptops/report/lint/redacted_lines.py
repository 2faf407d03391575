"""Lines of a file without the secrets that findings point at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from promptops.model.finding import Finding, Span, masked


class Masks:
    """The places of all secrets: another finding on the same line must not show them either."""

    def __init__(self, findings: Iterable[Finding], hidden: Mapping[PurePosixPath, Iterable[Span]]) -> None:
        self._spans: dict[PurePosixPath, list[Span]] = {}
        self._rows: dict[tuple[PurePosixPath, int], tuple[str, list[tuple[int, int, int]]]] = {}
        for finding in findings:
            if finding.masked:
                self._spans.setdefault(finding.path, []).append(finding.span)
        for path, spans in hidden.items():
            self._spans.setdefault(path, []).extend(spans)

    def hide(self, path: PurePosixPath, line: int, row: str, start: int, end: int) -> tuple[str, int, int]:
        """The file's line as it may be shown; `start` and `end` are offsets in it, and move with the text."""
        if path not in self._spans:
            return row, start, end
        if (path, line) not in self._rows:
            self._rows[path, line] = self._hidden(path, line, row)
        shown, moves = self._rows[path, line]
        for left, right, length in moves:
            if left < end:
                start, end = _moved(start, left, right, left + length), _moved(end, left, right, left + length)
        return shown, start, end

    def _hidden(self, path: PurePosixPath, line: int, row: str) -> tuple[str, list[tuple[int, int, int]]]:
        """The line without its secrets, and what was shortened, from the last to the first: from, to, new length."""
        moves: list[tuple[int, int, int]] = []
        parts, last = [], len(row) + 1
        for left, right, first in sorted(self._stretches(path, line, len(row)), reverse=True):
            right = min(right, last)
            if left >= right:
                continue  # the same place twice, or a part of one that is hidden already
            short = masked(row[left:right]) if first else "…"
            parts += [row[right:last], short]
            moves.append((left, right, len(short)))
            last = left
        return "".join([row[:last], *reversed(parts)]), moves

    def _stretches(self, path: PurePosixPath, line: int, length: int) -> Iterable[tuple[int, int, bool]]:
        for span in self._spans.get(path, ()):
            if span.line <= line <= span.end_line:
                left = span.column - 1 if span.line == line else 0
                yield left, span.end_column - 1 if span.end_line == line else length, span.line == line


def _moved(place: int, left: int, right: int, short_right: int) -> int:
    if place <= left:
        return place
    return place - right + short_right if place >= right else min(place, short_right)
