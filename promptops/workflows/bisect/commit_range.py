"""The versions of a prompt between two revisions, oldest first."""

from __future__ import annotations

from typing import NamedTuple

from promptops.errors import EvalError
from promptops.source.git.log import commits_that_changed, parents
from promptops.source.git.repository import Repository
from promptops.text.humanize import listed
from promptops.workflows.versions.prompt_log import PromptLog, PromptState, VersionStep, distinct_versions
from promptops.workflows.versions.prompt_versions import ResolvedPrompt


class CommitRange(NamedTuple):
    """`good` is the version before all of `steps`; the last of `steps` is the version of the bad revision."""

    good: VersionStep
    steps: tuple[VersionStep, ...]
    notes: tuple[str, ...] = ()


def find_commit_range(log: PromptLog, name: str, good: str, bad: str) -> CommitRange:
    """The versions along the first parents of `bad` since `good` (full ids).

    `name` is what the bad revision calls the prompt. EvalError when it cannot be read at one of them.
    """
    good, notes = _start(log, good, bad)
    new = set(commits_that_changed(log.repository, [], bad, [good])) if good != bad else set()
    _require(log, name, bad, "bad")
    unreadable: list[PromptState] = []
    found: list[VersionStep] = []
    for step in distinct_versions(log.states(name, bad), unreadable):
        name = step.name
        if step.commit not in new:
            break
        found.append(step)
    start = VersionStep(good, name, _require(log, name, good, "good"))
    steps = [step for step in reversed(found) if step.commit in new]
    while steps and steps[0].version.key == start.version.key:  # what only touched the files
        del steps[0]
    broken = [state.commit[:7] for state in unreadable if state.commit in new]
    if broken:
        notes = (*notes, f"at {listed(broken, 5)} the prompt cannot be read, so these were passed over")
    return CommitRange(start, tuple(steps), notes)


def require_order(repository: Repository, good: str, bad: str) -> None:
    """EvalError when the bad revision (full ids) is part of the good one's past."""
    if good != bad and not repository.unreachable([bad], good):
        message = f"{bad[:7]} is older than {good[:7]}: the good revision comes first, then the bad one"
        raise EvalError(message, hint="to find where a criterion got better, swap the two")


def branch_of(log: PromptLog, step: VersionStep) -> list[VersionStep]:
    """The versions on the branch that a merge brought, oldest first, where the last of them is what the merge has.

    Empty for any other commit, and where the merge itself made something new.
    """
    found = parents(log.repository, step.commit)
    if len(found) != 2 or any(each is None for each in log.repository.lookup(found)):
        return []
    ours, theirs = found
    new = set(commits_that_changed(log.repository, [], theirs, [ours]))
    before = log.read(step.name, ours)
    steps = [one for one in distinct_versions(log.states(step.name, theirs, [ours]), []) if one.commit in new]
    while steps and isinstance(before, ResolvedPrompt) and steps[-1].version.key == before.key:
        steps.pop()
    return [*reversed(steps)] if steps and steps[0].version.key == step.version.key else []


def _start(log: PromptLog, good: str, bad: str) -> tuple[str, tuple[str, ...]]:
    """Where to begin: the good revision, or where the bad one left it."""
    repository = log.repository
    if not repository.unreachable([good], bad):
        return good, ()
    parted = repository.merge_base(good, bad)
    note = f"{good[:7]} is not part of {bad[:7]}; searched from where the two parted, {parted[:7]}"
    return parted, (note,)


def _require(log: PromptLog, name: str, commit: str, which: str) -> ResolvedPrompt:
    found = log.read(name, commit)
    if isinstance(found, ResolvedPrompt):
        return found
    why = f"cannot be read: {found}" if found is not None else "is not there"
    hint = "choose a revision at which it can be read"
    raise EvalError(f"at the {which} revision {commit[:7]} the prompt '{name}' {why}", hint=hint)
