"""`policy: {evaluatedBeforePin: true}`: only what somebody evaluated may be pinned."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress

from promptops.errors import PromptError, PromptopsError
from promptops.evals.registry import KINDS
from promptops.model.outcomes.pin_change import Evaluation
from promptops.pins.commit_sealing import CommitSealer
from promptops.source.git.repository import Repository
from promptops.source.project import Project
from promptops.workflows.workspace import Workspace

KEY = "evaluatedBeforePin"


def demands_evaluation(workspace: Workspace, repository: Repository, protected: str | None = None) -> bool:
    """Whether the branch `protected` (by default the main branch) demands it, or the files as they are.

    A change can ask for more than the branch it goes to, and not for less.
    """
    with suppress(PromptopsError):
        if workspace.project().config.policy.evaluated_before_pin:
            return True
    branch = protected or repository.default_branch()
    if branch is None:
        return False
    commit, _ = repository.resolve_branch(branch)
    with suppress(PromptError):  # settings that are broken there are told by all that needs them
        return Project.commit(workspace.root, commit, KINDS, repository).config.policy.evaluated_before_pin
    return False


def is_evaluated(evaluations: Iterable[Evaluation]) -> bool:
    """Whether one of them measured all that it was to measure; whether its gates passed is another question."""
    return any(not one.stopped and not one.unmeasured for one in evaluations)


def unevaluated(workspace: Workspace, sealer: CommitSealer, digests: Collection[str]) -> set[str]:
    """Those of these pinned digests that no results here and no notes know as evaluated."""
    # It reads runs and their caches (SQLite), and `verify` asks only where the policy demands it.
    from promptops.workflows.notes.last_evaluations import last_evaluations

    names = {digest: {digest, *sealer.known_as(digest)} for digest in digests}
    every = {name for known in names.values() for name in known}
    found = last_evaluations(workspace, every, sealer.repository)
    return {
        digest
        for digest, known in names.items()
        if not is_evaluated(one for name in known for one in found.get(name, ()))
    }
