"""Where a change must be mended: the line that a finding is about, or the changed line that brings it about."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.model.finding import Finding


class MendPlace(NamedTuple):
    """Where one finding of a change is mended: `path` and `line` (from 1), with the line as it may be shown.

    `start` and `end` are the offsets in `text` of what is meant. `removed` and `added` are lines of the change, where
    that place is not the finding's own but the changed one that brings it about; else both are empty.
    """

    finding: Finding
    path: PurePosixPath
    line: int
    text: str = ""
    start: int = 0
    end: int = 0
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def is_cause(self) -> bool:
        """Whether the change at this place brings about what the finding says of another."""
        return bool(self.removed or self.added)
