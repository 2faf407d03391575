"""The last check of the very same change: an edit of a pull request's title or text says again what that one said.

GitHub takes the newest run of a check for the truth about a commit. So a run that such an edit started must not be
skipped, which GitHub counts as passed; must not end before a check that is under way, whose verdict it would hide; and
need not ask a model again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from promptops.errors import EvalError, PromptopsError
from promptops.forge.artifact import MAX_ZIP, check_artifact_name, unpack_check
from promptops.forge.github.client import GitHub
from promptops.forge.github.payloads import PullRequest, WorkflowRun
from promptops.report.comment.check_json import CheckSummary, load_check

PATIENCE = 20 * 60.0
"""Seconds that a check under way is waited for."""
_PAUSE = 15.0
_MOST_RUNS = 40
_FINISHED = ("success", "failure")


class EarlierCheck(NamedTuple):
    """What a check said, and the run of the workflow that said it."""

    said: CheckSummary
    run: WorkflowRun


def find_earlier_check(
    github: GitHub,
    run_id: int,
    pull: PullRequest,
    base: str,
    artifact: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> EarlierCheck | None:
    """The newest check, by the same workflow, of the pull request's head against this base commit; None without one.

    One that is under way is waited for. A draft's check, which leaves suites out, is none for a pull request that is
    ready. EvalError when the pull request has a newer commit by now, or a check is under way for too long; ForgeError
    when GitHub cannot be asked.
    """
    this = github.workflow_run(run_id)
    runs = _wait_for_all(github, this, pull, sleep)
    for run in runs:
        if run.conclusion in _FINISHED and (said := _said(github, run, check_artifact_name(artifact))) is not None:
            is_same = (said.head, said.base) == (pull.head_sha, base)
            if is_same and (pull.draft or not said.deferred):
                return EarlierCheck(said, run)
    if github.pull_request(pull.number).head_sha != pull.head_sha:
        raise EvalError("the pull request has a newer commit, whose own check says what it does")
    return None


def _wait_for_all(
    github: GitHub, this: WorkflowRun, pull: PullRequest, sleep: Callable[[float], None]
) -> list[WorkflowRun]:
    """The runs before this one, newest first, once all have ended. None of them waits for this one."""
    waited = 0.0
    while True:
        runs = list(islice(_runs_before(github, this, pull), _MOST_RUNS))
        if all(run.conclusion for run in runs):
            return runs
        if waited >= PATIENCE:
            hint = "run this job again when it has ended"
            raise EvalError("the check of this version is still under way", hint=hint)
        sleep(_PAUSE)
        waited += _PAUSE


def _runs_before(github: GitHub, this: WorkflowRun, pull: PullRequest) -> Iterator[WorkflowRun]:
    theirs = pull.head_repository.casefold()
    for run in github.runs_of_commit(pull.head_sha):
        is_ours = run.workflow == this.workflow and run.head_repository.casefold() == theirs
        if is_ours and run.id < this.id and run.event == this.event:
            yield run


def _said(github: GitHub, run: WorkflowRun, name: str) -> CheckSummary | None:
    """What the run left in words; None where it left nothing that can be read."""
    found = [one for one in github.artifacts(run.id) if one.name == name and not one.expired and one.size <= MAX_ZIP]
    if not found:
        return None
    try:
        return load_check(unpack_check(github.download(max(found, key=lambda one: one.id), MAX_ZIP)))
    except PromptopsError:
        return None
