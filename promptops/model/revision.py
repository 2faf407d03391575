"""Which version of the files a result, a prompt or a finding belongs to."""

from __future__ import annotations

from typing import NamedTuple


class Revision(NamedTuple):
    """A commit (its full id, None outside git), and whether the work tree differed from it."""

    commit: str | None = None
    dirty: bool = False

    @property
    def label(self) -> str:
        """Short text for people: `4f2a91c`, `uncommitted`, `4f2a91c + edits`."""
        if self.commit is None:
            return "uncommitted"
        return f"{self.commit[:7]} + edits" if self.dirty else self.commit[:7]
