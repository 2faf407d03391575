"""A repository may hold several projects, and each one's job sees every comment: whose is it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptops.forge.comment_commands import Command, Unclear
from promptops.workflows.label.targets import Refusal, target_of

if TYPE_CHECKING:
    from promptops.model.results import Results
    from promptops.workflows.label.results import Checks


class Elsewhere:
    """The other projects, whose results are fetched when they are first asked about; none where `checks` is None."""

    def __init__(self, checks: Checks | None) -> None:
        self._checks = checks
        self._found: list[tuple[Results, ...]] | None = None

    def means(self, command: Command) -> bool:
        """Whether another project's results have what the command speaks of; that project's job answers it."""
        if isinstance(command, Unclear) or self._checks is None:
            return False
        if self._found is None:
            self._found = list(self._checks.of_others())
        return any(not isinstance(target_of(command, runs), Refusal) for runs in self._found)
