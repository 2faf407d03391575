"""Who can say, in the run of a workflow, what people said: the comments of the pull request that it is for."""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.errors import PromptopsError
from promptops.forge.artifact import RESULTS_ARTIFACT
from promptops.forge.github.client import GitHub
from promptops.forge.github.event import Event
from promptops.workflows.comment_commands.comment_record import CommentRecord
from promptops.workflows.comment_commands.handle_comment import read_owners
from promptops.workflows.eval.confirmed_words import MergedAlready, NobodyKnows, WordsOnRecord


def record_for(
    event: Event | None, github: GitHub | None, folder: PurePosixPath, artifact: str = RESULTS_ARTIFACT
) -> WordsOnRecord:
    """The record for this event; `folder` is the project's place, `artifact` what its results are called. Never raises.

    What is pushed to the default branch was merged there. A merge queue tries one pull request.
    """
    if event is None:
        return NobodyKnows()
    if event.name == "push" and event.default_branch and event.ref == f"refs/heads/{event.default_branch}":
        return MergedAlready()
    pull, number = event.pull_request, event.queued
    if github is None or (pull is None and number is None):
        return NobodyKnows()
    try:
        pull = pull or github.pull_request(number or 0)
        if pull.is_fork:
            return NobodyKnows("it comes from a fork, where nobody of this repository said it")
        return CommentRecord(github, pull, folder, read_owners(github, event, pull, folder), artifact=artifact)
    except PromptopsError as exc:
        return NobodyKnows(f"GitHub cannot be asked for the comment: {exc.with_hint}")
