"""Findings of lint and of the readers: what is wrong, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


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


START = Span(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Fix:
    """Replace the text of `span` by `text`; every other byte stays."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `message` says what is wrong, `hint` what to write instead."""

    path: PurePosixPath
    span: Span
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    fix: Fix | None = None

    def sort_key(self) -> tuple[str, Span, str, str]:
        """Order by file, place and code, whatever order the rules ran in."""
        return (self.path.as_posix(), self.span, self.code, self.message)
