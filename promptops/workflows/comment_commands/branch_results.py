"""The results of a pull request with what its branch says at the moment, read as often as somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from promptops.model.results import Results
from promptops.workflows.comment_commands.check_runs import CheckRuns
from promptops.workflows.comment_commands.recorder import LabelRecorder


class BranchResults:
    """`runs` are what a check left; `open_branch` looks at the branch and at the comments anew.

    `checks` is None where the results do not come from a check.
    """

    def __init__(
        self, runs: Sequence[Results], open_branch: Callable[[], LabelRecorder], checks: CheckRuns | None
    ) -> None:
        self._runs, self._open_branch, self._checks = runs, open_branch, checks

    def read(self) -> tuple[Results, ...]:
        """The results with all labels and acceptances that count now. PromptopsError where they cannot be read."""
        branch = self._open_branch()
        branch.load(self._runs)
        return branch.runs

    def require_current(self) -> None:
        """Raises EvalError where the pull request holds something else by now, whose check has the word."""
        if self._checks is not None:
            self._checks.require_current()
