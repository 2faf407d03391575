"""The second half of a fork's check: its results, treated as hostile input, become the pull request's comment.

The fork's run may write nothing, so a run of the base's workflow does it: without a checkout, by the API alone. Which
pull request is meant is asked of GitHub and never read from what the fork left behind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import PurePosixPath

from promptops.errors import EvalError, ForgeError, OutdatedError, PromptopsError
from promptops.evals.registry import KINDS
from promptops.forge.artifact import MAX_ZIP, RESULTS_ARTIFACT, check_artifact_name, unpack_check, unpack_results
from promptops.forge.comment_stamp import read_stamp, without_stamp
from promptops.forge.github.client import GitHub
from promptops.forge.github.payloads import Artifact, PullRequest, WorkflowRun
from promptops.forge.github.repository_files import RepositoryFiles
from promptops.forge.run_comment import CheckedChange, RunComment
from promptops.lint.engine.project_files import is_part
from promptops.model.results import Results
from promptops.report.comment.check_json import CheckSummary, load_check
from promptops.report.comment.fork_page import fork_comment
from promptops.report.comment.unstarted_check import UNSTARTED, unstarted_comment
from promptops.source.project import Project
from promptops.store.results_file import parse_results
from promptops.workflows.comment.change_comment import PostResult
from promptops.workflows.suggestions.suggest import suggest_for_fork

_MOST_RUNS = 40
_TOP = PurePosixPath()


class _NotPosted(Exception):
    """Why there is nothing to post; nobody did anything wrong."""


def comment_for_run(
    github: GitHub,
    run_id: int,
    marker: str,
    artifact: str = RESULTS_ARTIFACT,
    folder: PurePosixPath = _TOP,
    *,
    suggestions: bool = True,
) -> PostResult:
    """Post what the check with this workflow run's id found, if it is of a fork's open pull request as it is now.

    Of a run that never did its work it says why, and who must do what; of a change that touches nothing of the project
    in `folder` nothing, unless a comment is there that has to be brought up to date. `artifact` is what the project's
    results are called there. `suggestions`: what lint can mend is proposed beside the lines too.
    Raises ForgeError or EvalError for results that are not what a check leaves behind.
    """
    try:
        run = github.workflow_run(run_id)
        pull = _pull_request(github, run)
        kept, said = _left_behind(github, run, artifact)
        is_touched = True
        if run.conclusion in UNSTARTED and not {artifact, check_artifact_name(artifact)} & {one.name for one in kept}:
            _require_newest(github, run)
            is_touched = _may_touch(github, pull, folder)
            body = unstarted_comment(run.conclusion, run.head_sha, run.url, marker)
        else:
            if said is not None and said.repeats:  # a title was edited: what that check found stands
                kept, said = _left_behind(github, _repeated_run(github, run, said.repeats), artifact)
            results = _results(github, run, kept, artifact)
            is_touched = said is None or said.is_worth_a_comment or bool(results)
            body = fork_comment(results, said, run.head_sha, marker)
        _require_same_commit(github.pull_request(pull.number), run)
        change = CheckedChange(run.head_sha, pull.base_ref, run.id, run.attempt)
        comment = RunComment(github, pull.number, marker, change)
        there = comment.read()
        if there is None and not is_touched:
            raise _NotPosted("the change touches nothing of this project, and there is no comment yet")
        stamp = read_stamp(there.body) if there is not None else None
        again = there and stamp and stamp.is_by(change.stamp()) and without_stamp(there.body).strip() == body.strip()
        # What is said already is not said once more: an edit changes nothing but the time.
        url = there.url if there and again else comment.put(lambda stands: body).url
        told = suggest_for_fork(github, pull, said, folder) if suggestions and said is not None else ()
        return PostResult(url, told)
    except (_NotPosted, OutdatedError) as exc:
        return PostResult("", (f"nothing was posted: {exc}",))


def _require_newest(github: GitHub, run: WorkflowRun) -> None:
    """A run that was cancelled because another one began for the same commit says nothing: that one does."""
    for other in islice(github.runs_for_branch(run.head_branch), _MOST_RUNS):
        same = (other.head_sha, other.head_repository.casefold(), other.path) == (
            run.head_sha, run.head_repository.casefold(), run.path,
        )  # fmt: skip
        if same and other.id > run.id:
            raise _NotPosted(f"a newer run ({other.id}) looks at the same commit")


def _may_touch(github: GitHub, pull: PullRequest, folder: PurePosixPath) -> bool:
    """Whether the change can concern the project: by its files as GitHub lists them, and by the base's settings."""
    try:
        base = github.merge_base(pull.base_sha, pull.head_sha)
        names = github.changed_files(base, pull.head_sha)
        config = Project(RepositoryFiles(github, pull.base_sha, folder), KINDS).config
    except PromptopsError:
        return True
    inside = (path.relative_to(folder) for path in map(PurePosixPath, names or ()) if path.is_relative_to(folder))
    return names is None or any(is_part(path, config) for path in inside)


def _left_behind(github: GitHub, run: WorkflowRun, artifact: str) -> tuple[Sequence[Artifact], CheckSummary | None]:
    """The run's artifacts, and what its check.json says; None where it left none."""
    kept = github.artifacts(run.id)
    data = _download(github, kept, check_artifact_name(artifact))
    return kept, None if data is None else load_check(unpack_check(data))


def _repeated_run(github: GitHub, run: WorkflowRun, earlier: int) -> WorkflowRun:
    """The run that this one says again, if it is of the same commit and workflow."""
    found = github.workflow_run(earlier)
    of = [(one.head_sha, one.head_repository.casefold(), one.event, one.workflow) for one in (run, found)]
    if of[0] != of[1]:
        raise _NotPosted("the run repeats another one, which is not of the same commit")
    return found


def _pull_request(github: GitHub, run: WorkflowRun) -> PullRequest:
    """The one open pull request from the run's repository, branch and commit to ours."""
    ours, theirs = github.repository.casefold(), run.head_repository.casefold()
    if run.event != "pull_request":
        raise _NotPosted(f"the run was started by '{run.event[:40]}', not by a pull request")
    if theirs == ours:
        raise _NotPosted("the pull request is not from a fork, so its own run writes the comment")
    if not run.conclusion:
        raise _NotPosted("the run goes on, or was started again")
    if not theirs or not run.head_branch:
        raise _NotPosted("the fork is gone")
    found = [
        pull
        for pull in github.pull_requests_from(run.head_repository.split("/")[0], run.head_branch)
        if (pull.head_repository.casefold(), pull.base_repository.casefold()) == (theirs, ours)
    ]
    if not found:
        raise _NotPosted("no open pull request here comes from the branch of this run")
    if len(found) > 1:
        raise _NotPosted("several open pull requests come from this branch, and a run does not say which it is of")
    _require_same_commit(found[0], run)
    return found[0]


def _require_same_commit(pull: PullRequest, run: WorkflowRun) -> None:
    if pull.state != "open":
        raise _NotPosted(f"pull request {pull.number} is closed")
    if pull.head_sha != run.head_sha:
        raise _NotPosted(
            f"the results are of {run.head_sha[:7]}, and pull request {pull.number} is at {pull.head_sha[:7]} by now"
        )


def _results(github: GitHub, run: WorkflowRun, kept: Sequence[Artifact], name: str) -> list[Results]:
    """The results as the run left them; empty when it left none."""
    data = _download(github, kept, name)
    if data is None:
        return []
    files = unpack_results(data)
    results = [parse_results(files[name]) for name in sorted(files)]
    if len({one.suite for one in results}) < len(results):
        raise EvalError("two of the results are of the same suite", where=name)
    _check_commit(github, results, run)
    return results


def _download(github: GitHub, kept: Sequence[Artifact], name: str) -> bytes | None:
    """The newest artifact of this name; None where the run left none."""
    found = [artifact for artifact in kept if artifact.name == name]
    if not found:
        return None
    newest = max(found, key=lambda artifact: artifact.id)  # a run that is repeated leaves one for each time
    if newest.expired:
        raise _NotPosted("the results have expired; run the check again")
    if newest.size > MAX_ZIP:
        raise ForgeError(f"the artifact is larger than {MAX_ZIP // 2**20} MiB", where=name)
    return github.download(newest, MAX_ZIP)


def _check_commit(github: GitHub, results: Sequence[Results], run: WorkflowRun) -> None:
    """The results say which commit they are of: the run's own, or GitHub's trial merge of it."""
    commits = {arm.commit for one in results for arm in one.arms if arm.side == "head" and arm.commit is not None}
    commits.discard(run.head_sha)
    if not commits:
        return
    other = min(commits)
    try:
        is_one = len(commits) == 1 and re.fullmatch("[0-9a-f]{40}", other) is not None
        holds = is_one and github.merge_base(run.head_sha, other) == run.head_sha
    except ForgeError as exc:
        if exc.status not in (404, 422):
            raise
        holds = False
    if not holds:
        raise _NotPosted(f"the results are not of {run.head_sha[:7]}, which the run was for")
