"""What CODEOWNERS says, and what it should say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class OwnersReport:
    """`path` is the CODEOWNERS file, from the repository's top; `before` is its text, `after` what it should be.

    `rows` are the lines of our block in it. `unknown` tells of people no forge can know (the rows are made without
    them); `notes` are for people. `written`: the file was changed.
    """

    path: PurePosixPath
    before: str
    after: str
    rows: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    written: bool = False

    @property
    def current(self) -> bool:
        """Whether the file says what prompts and settings say."""
        return self.before == self.after
