"""Which lines of a pull request's files its diff shows: only there may a comment stand, GitHub refuses all others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d{1,9})(?:,\d+)? @@")


class PatchHunk(NamedTuple):
    """A stretch of the file as it is in the head: its first line (from 1), and its lines without their ends.

    `crlf`: a line of it ends with CR LF.
    """

    first: int
    rows: tuple[str, ...]
    crlf: bool = False

    def find(self, rows: Sequence[str], line: int) -> int | None:
        """Where these lines stand in the stretch, nearest to `line`; None where they do not."""
        count = len(rows)
        starts = [at for at in range(len(self.rows) - count + 1) if self.rows[at : at + count] == tuple(rows)]
        return min((self.first + at for at in starts), key=lambda start: abs(start - line), default=None)


def parse_patch(patch: str) -> tuple[PatchHunk, ...]:
    """The hunks of a unified diff as GitHub gives it, without the lines that are gone."""
    hunks: list[PatchHunk] = []
    first, rows = 0, list[str]()

    def finish() -> None:
        if rows:
            told = tuple(row.removesuffix("\r") for row in rows)
            hunks.append(PatchHunk(first, told, any(row.endswith("\r") for row in rows)))

    for line in patch.split("\n"):
        if found := _HUNK.match(line):
            finish()
            first, rows = int(found[1]), []
        elif line.startswith((" ", "+")):
            rows.append(line[1:])
    finish()
    return tuple(hunks)
