"""A repository may hold several projects, and each one's job sees every comment: whose is it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptops.forge.comment_commands import CommentCommand, InvalidCommand
from promptops.workflows.label.targets import Refusal, find_target

if TYPE_CHECKING:
    from promptops.model.results import Results
    from promptops.workflows.label.results import CheckRuns


class OtherProjects:
    """The other projects, whose results are fetched when they are first asked about; none where `checks` is None."""

    def __init__(self, checks: CheckRuns | None) -> None:
        self._checks = checks
        self._found: list[tuple[Results, ...]] | None = None

    def has_target(self, command: CommentCommand) -> bool:
        """Whether another project's results have what the command speaks of; that project's job answers it."""
        if isinstance(command, InvalidCommand) or self._checks is None:
            return False
        if self._found is None:
            self._found = list(self._checks.results_of_other_projects())
        return any(not isinstance(find_target(command, runs), Refusal) for runs in self._found)
