"""The merge request's one comment, which GitLab calls a note."""

from __future__ import annotations

import time
from collections.abc import Callable

from promptops.forge.gitlab.pipeline import CheckedMergeRequest
from promptops.forge.protocol import Forge
from promptops.forge.run_comment import CheckedChange, RunComment
from promptops.workflows.comment.change_comment import ChangeComment


class MergeRequestNote(ChangeComment):
    """The note with `marker` on the merge request that was `checked`, None where the pipeline is of none.

    `forge` is None where no note can be written; `trouble` says why. `run` is the job's number, which grows with each
    job, also where people run one again.
    """

    def __init__(
        self,
        forge: Forge | None,
        checked: CheckedMergeRequest | None,
        marker: str,
        *,
        run: int = 0,
        run_url: str = "",
        trouble: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        comments = []
        if forge is not None and checked is not None:
            change = CheckedChange(checked.head, checked.target, run)
            comments.append(RunComment(forge, checked.number, marker, change))
        missing = "there is no token to write one with" if checked else "this pipeline is of no merge request"
        head = checked.head if checked else ""
        super().__init__(comments, marker, nowhere=trouble or missing, head=head, run_url=run_url, clock=clock)
