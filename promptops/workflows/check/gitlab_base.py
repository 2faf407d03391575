"""What the change in a GitLab pipeline is compared with; where that cannot be found, why."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from promptops.errors import NoRepositoryError, PromptopsError
from promptops.forge.gitlab.pipeline import CheckedMergeRequest, Pipeline
from promptops.model.outcomes.check import ComparisonBase
from promptops.source.git.log import parents as parents_of
from promptops.source.git.repository import Repository
from promptops.workflows.check.comparison_base import AUTO, NONE, choose_base, fetch_base

_NOTHING = "so there is nothing to compare with"


def choose_pipeline_base(root: Path, name: str, pipeline: Pipeline | None) -> tuple[str, ComparisonBase]:
    """As `choose_base`, where AUTO asks the pipeline; None is one that could not be read."""
    folder, found = choose_base(root, NONE if name == AUTO else name)
    if name != AUTO:
        return folder, found
    try:
        with closing(Repository(root)) as repository:
            return folder, find_pipeline_base(repository, pipeline)
    except NoRepositoryError:
        return folder, found


def find_pipeline_base(repository: Repository, pipeline: Pipeline | None) -> ComparisonBase:
    """The commit before the change, brought here where the clone is shallow. Never raises, never guesses.

    A merge request is compared with what it would be merged into where the pipeline tries that, else with where it left
    the target branch; a push with what the branch held before.
    """
    if pipeline is None:
        return ComparisonBase(None, f"the variables of this pipeline could not be read, {_NOTHING}")
    try:
        if pipeline.merge_request is not None:
            return fetch_base(repository, *_merge_request_base(repository, pipeline.merge_request))
        if pipeline.before:
            return fetch_base(repository, pipeline.before, "what this branch held before")
    except PromptopsError as exc:
        hint = exc.hint or 'let the job clone all of the history: variables: {GIT_DEPTH: "0"}'
        return ComparisonBase(None, f"what to compare with was not found ({exc}); {hint}")
    if pipeline.source == "push":
        return ComparisonBase(None, f"this branch is new, {_NOTHING}")
    started = f"by '{pipeline.source[:60]}'" if pipeline.source else "by hand"
    return ComparisonBase(None, f"this run was started {started}, not by a change, {_NOTHING}")


def _merge_request_base(repository: Repository, checked: CheckedMergeRequest) -> tuple[str, str]:
    """A commit's full id, and what it is."""
    head = repository.head() or checked.head
    parents = parents_of(repository, head)  # as the commit names them: a shallow clone's git says that it has none
    into = f"what it would be merged into, {checked.target}"
    if len(parents) == 2 and parents[1] == checked.head != head:  # a merged results pipeline: GitLab's trial merge
        return parents[0], into
    if checked.target_head and head != checked.head:  # a merge train that squashes or rebases
        return checked.target_head, into
    left = checked.base or repository.merge_base(f"origin/{checked.target}", head)
    return left, f"where it left {checked.target}"
