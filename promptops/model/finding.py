"""Findings of lint and of the readers: what is wrong, where, and what to do."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]
"""An error must be mended, a warning most likely too; a note is advice and makes no command fail."""


class Span(NamedTuple):
    """A stretch of a file; lines and columns count from 1, the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def at(cls, line: int, column: int, width: int = 1) -> Span:
        """A span of `width` characters on one line."""
        return cls(line, column, line, column + width)

    def place(self, path: object) -> str:
        """`FILE:4:12`, as editors write the beginning of a span."""
        return f"{path}:{self.line}:{self.column}"


START = Span(1, 1, 1, 1)


class Fix(NamedTuple):
    """Replace the text of `span` by `text`; every other byte stays."""

    span: Span
    text: str


class FindingPlace(NamedTuple):
    """A stretch of a file of the project."""

    path: PurePosixPath
    span: Span


class Finding(NamedTuple):
    """One thing to mend. `message` says what is wrong, `detail` why that matters, `hint` what to write instead.

    `masked`: what stands at `span` is secret, so no report may show more of it than `masked()` leaves.
    `occurrences`: in how many cases the same was found; where it is more than one, `places` are the first of them.
    """

    path: PurePosixPath
    span: Span
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    fix: Fix | None = None
    masked: bool = False
    detail: str = ""
    occurrences: int = 1
    places: tuple[FindingPlace, ...] = ()

    @property
    def problem(self) -> str:
        """`message: detail`, for programs that show one text."""
        return f"{self.message}: {self.detail}" if self.detail else self.message

    def below(self, folder: PurePosixPath) -> Finding:
        """The same, with every path as it is seen from above the project's folder."""
        places = tuple(place._replace(path=folder / place.path) for place in self.places)
        return self._replace(path=folder / self.path, places=places)

    def sort_key(self) -> tuple[str, Span, str, str, str]:
        """Order by file, place and code, whatever order the rules ran in."""
        return (self.path.as_posix(), self.span, self.code, self.message, self.detail)


def masked(secret: str) -> str:
    """The beginning of a secret by which its owner knows it: at most four characters, and a quarter of it."""
    return f"{secret[: min(4, len(secret) // 4)]}…"
