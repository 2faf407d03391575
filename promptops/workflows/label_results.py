"""The results that a comment on a pull request speaks of: those of its version as it is now.

What labels add to the branch changes nothing that was evaluated, and no check runs for such a commit; so results of an
earlier commit count as long as nothing but labels came after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import EvalError, PromptopsError
from promptops.forge.artifact import ARTIFACT, MAX_ZIP, results_in
from promptops.model.results import Results
from promptops.report.results_json import load

if TYPE_CHECKING:
    from promptops.forge.client import GitHub
    from promptops.forge.records import PullRequest, WorkflowRun

_MOST_RUNS = 40
_MOST_VERSIONS = 5


def results_of(github: GitHub, pull: PullRequest, labels: PurePosixPath) -> tuple[Results, ...]:
    """The results of the newest check of what the pull request holds now. `labels` is the folder of labels.

    Raises EvalError when there are none, or they cannot be read; ForgeError when GitHub cannot be asked.
    """
    for run in _runs(github, pull, labels):
        for artifact in github.artifacts(run.id):
            if artifact.name == ARTIFACT and not artifact.expired:
                return _read(results_in(github.download(artifact, MAX_ZIP)))
    raise EvalError(
        f"there are no results for {pull.head_sha[:7]}, the newest commit here: the check still runs, failed, or was "
        "too long ago",
        hint="write this once more when the comment with the results is there, or run the check again first",
    )


def _runs(github: GitHub, pull: PullRequest, labels: PurePosixPath) -> Iterator[WorkflowRun]:
    """Runs for the same content, newest first; a branch of the same name in a fork is another branch."""
    current: dict[str, bool] = {}
    for run in islice(github.runs_on(pull.head_ref), _MOST_RUNS):
        if run.head_repository.casefold() != github.repository.casefold():
            continue
        if run.head_sha not in current:
            if len(current) == _MOST_VERSIONS:
                return
            current[run.head_sha] = run.head_sha == pull.head_sha or _only_labels(github, run, pull, labels)
        if current[run.head_sha]:
            yield run


def _only_labels(github: GitHub, run: WorkflowRun, pull: PullRequest, labels: PurePosixPath) -> bool:
    changed = github.changed_since(run.head_sha, pull.head_sha)
    return changed is not None and all(PurePosixPath(name).is_relative_to(labels) for name in changed)


def _read(files: dict[str, bytes]) -> tuple[Results, ...]:
    """All results that can be read; an error where none can."""
    found, trouble = [], EvalError("the check left no results behind")
    for name in sorted(files):
        try:
            found.append(load(files[name]))
        except PromptopsError as exc:
            trouble = EvalError(f"the check's results cannot be read: {exc}", hint=exc.hint)
    if not found:
        raise trouble
    return tuple(found)
