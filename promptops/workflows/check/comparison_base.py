"""What the change in a workflow's event is compared with; where that cannot be found, why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import NoRepositoryError, PromptopsError
from promptops.forge.github.client import GitHub
from promptops.forge.github.event import Event
from promptops.forge.github.payloads import PullRequest
from promptops.model.outcomes.check import ComparisonBase
from promptops.source.git.log import parents as parents_of
from promptops.source.git.repository import Repository
from promptops.source.git.writer import fetch_commit
from promptops.workflows.versions.base_head import merge_base

REMOTE = "origin"
"""Where a checkout in a workflow comes from."""
AUTO, NONE = "auto", "none"
_NOTHING = "so there is nothing to compare with"


def choose_base(
    root: Path,
    name: str | None,
    event: Event | None = None,
    github: GitHub | None = None,
    settings: Mapping[str, Sequence[str]] | None = None,
) -> tuple[str, ComparisonBase]:
    """The project's folder in its repository (empty: the top), and what to compare with.

    `name` is a revision, None for the remote's default branch, AUTO (the event says it; None is one that could not be
    read) or NONE. SourceError when there is no such revision, EvalError when there is no such branch.
    """
    try:
        repository = Repository(root)
    except NoRepositoryError as exc:
        return "", ComparisonBase(None, f"there is no git repository to compare with ({exc})")
    with closing(repository):
        prefix = repository.prefix(root)
        folder = "" if prefix == PurePosixPath() else prefix.as_posix()
        if name == NONE:
            return folder, ComparisonBase(None, "a comparison was not asked for")
        if name != AUTO:
            commit, name = merge_base(repository, name, "HEAD", "--base REV")
            return folder, ComparisonBase(commit, f"where this work left {name}")
        return folder, find_base(repository, event, github, settings)


def find_base(
    repository: Repository,
    event: Event | None,
    github: GitHub | None = None,
    settings: Mapping[str, Sequence[str]] | None = None,
) -> ComparisonBase:
    """The commit before the change, brought here where the clone is shallow. Never raises, never guesses.

    A pull request is compared with what it would be merged into, or with where it left that branch; a push with what
    the branch held before; a merge queue's try with what it builds upon. `github` knows where a branch was left when
    the clone does not; `settings` are git's, for fetching.
    """
    if event is None:
        return ComparisonBase(None, f"the event that started this run could not be read, {_NOTHING}")
    if event.name == "push" and not event.before:
        return ComparisonBase(None, f"this branch is new, {_NOTHING}")
    try:
        if event.pull_request is not None:
            return fetch_base(repository, *_pull_request_base(repository, event.pull_request, github), settings)
        if event.before:
            is_push = event.name == "push"
            words = "what this branch held before" if is_push else "what the merge queue builds upon"
            return fetch_base(repository, event.before, words, settings)
    except PromptopsError as exc:
        hint = exc.hint or "check out with fetch-depth: 0"
        return ComparisonBase(None, f"what to compare with was not found ({exc}); {hint}")
    started = f"by '{event.name}'" if event.name else "by hand"
    return ComparisonBase(None, f"this run was started {started}, not by a change, {_NOTHING}")


class ReviewedCommit(NamedTuple):
    """What is checked out, and the pull request's own commit, which people know; full ids, mostly of two commits."""

    commit: str
    head: str


def reviewed_commit(root: Path, event: Event | None) -> ReviewedCommit | None:
    """The pull request's commit, where that or GitHub's trial merge of it is checked out. Never raises."""
    pull = event.pull_request if event is not None else None
    if pull is None:
        return None
    try:
        with closing(Repository(root)) as repository:
            here = repository.head() or ""
            is_it = here == pull.head_sha or _is_trial_merge(repository, here, pull)
    except PromptopsError:
        return None
    return ReviewedCommit(here, pull.head_sha) if is_it else None


def _is_trial_merge(repository: Repository, commit: str, pull: PullRequest) -> bool:
    """As the commit itself names its parents: a shallow clone's git says that it has none."""
    parents = parents_of(repository, commit)
    return len(parents) == 2 and parents[1] == pull.head_sha


def _pull_request_base(repository: Repository, pull: PullRequest, github: GitHub | None) -> tuple[str, str]:
    """A commit's full id, and what it is."""
    for sha in (pull.base_sha, pull.head_sha):
        repository.require_id(sha)
    head = repository.head() or pull.head_sha
    if _is_trial_merge(repository, head, pull):  # exactly what the pull request does
        return parents_of(repository, head)[0], f"what it would be merged into, {pull.base_ref}"
    words = f"where it left {pull.base_ref}"
    if github is not None and repository.is_shallow():  # what is cut off may hide the place
        return github.merge_base(pull.base_sha, pull.head_sha), words
    return repository.merge_base(pull.base_sha, head), words


def fetch_base(
    repository: Repository, sha: str, words: str, settings: Mapping[str, Sequence[str]] | None = None
) -> ComparisonBase:
    """The commit with this full id, brought here where the clone lacks it; `words` say what it is. PromptopsError."""
    fetch_commit(repository, REMOTE, sha, settings)
    return ComparisonBase(repository.require_commit(sha), words)
