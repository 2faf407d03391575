"""The versions of one prompt, with who made each, what it changed, how it did and where it is served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import PurePosixPath

from promptops.errors import SourceError
from promptops.model.environment import served_versions
from promptops.model.outcomes.diff import PromptDiff
from promptops.model.outcomes.history import (
    History,
    PromptRename,
    PromptVersion,
    ServingEnvironment,
)
from promptops.model.suite import Suite
from promptops.source.git.log import pull_request_titles
from promptops.source.git.notes import FETCH, notes_tip
from promptops.source.git.repository import Repository
from promptops.source.project import Project
from promptops.text.humanize import listed
from promptops.text.sanitize import shell_word
from promptops.workflows.diff.diff import with_changes
from promptops.workflows.diff.impact import ImpactFinder
from promptops.workflows.notes.note_format import all_scorecards, cards_of
from promptops.workflows.versions.prompt_log import PromptLog, PromptState, VersionStep, distinct_versions, require_head
from promptops.workflows.versions.rename_trace import current_suite_name, prompt_renamings
from promptops.workflows.workspace import Workspace

_MOST_TOLD = 3
_MOST_SUITES = 20
"""Suites that are looked for under another name: each is a walk through the past."""


def history(workspace: Workspace, name: str, at: str | None = None, limit: int = 20) -> History:
    """The newest `limit` versions of a prompt (an identifier or a path) along the first parents of `at`, or HEAD.

    PromptopsError when there is no such prompt at that revision, or no repository.
    """
    repository = Repository(workspace.root)
    try:
        return _history(workspace, repository, name, require_head(repository, at), limit)
    finally:
        repository.close()


def _history(workspace: Workspace, repository: Repository, name: str, head: str, limit: int) -> History:
    log = PromptLog(workspace, repository)
    project = log.project(head)
    name = project.identifier_of(_path(log, project, name, head))
    unreadable: list[PromptState] = []
    steps = [*islice(distinct_versions(log.states(name, head), unreadable), limit + 1)]
    shown, older = steps[:limit], len(steps) > limit
    digests = {digest for step in shown if step.version.digest for digest in step.version.known_as}
    cards, trouble = all_scorecards(workspace, repository, digests)
    renamed = _renamed(steps)
    told = pull_request_titles(
        repository, [*(step.commit for step in shown), *(one.commit for each in renamed for one in each)]
    )
    impact = ImpactFinder(project, {})
    names = {name, *(step.name for step in steps), *(one.was for each in renamed for one in each)}
    served = _served(impact, names)
    suites = impact.suites(name)
    rows = []
    for step, before, renames in zip(shown, [*steps[1:], None], renamed, strict=False):
        version, digest = step.version, step.version.digest
        row = PromptVersion(
            commit=step.commit,
            prompt=step.name,
            path=str(version.prompt.path),
            key=version.key,
            digest=digest,
            about=told[step.commit],
            diff=change(before, step, suites) if before is not None else None,
            scorecards=cards_of(cards, version.known_as) if digest else (),
            served=tuple(chain.from_iterable(served.get(one, ()) for one in version.known_as)) if digest else (),
            renamed=tuple(one._replace(pull_request=told[one.commit].pull_request) for one in renames),
        )
        rows.append(row)
    notes = (*trouble, *impact.notes, *_notes(repository, rows, shown, older, unreadable))
    title = shown[0].version.prompt.title if shown else name
    return History(
        name,
        title,
        head,
        head[:7],
        tuple(rows),
        older,
        notes,
        suites=tuple(suite.id for suite in suites),
        former_suites=_former_suites(log, rows, head, names),
    )


def _path(log: PromptLog, project: Project, name: str, head: str) -> PurePosixPath:
    """The prompt's file; SourceError with its name of today where it was renamed."""
    try:
        return project.path_of(name)
    except SourceError as exc:
        if not (found := prompt_renamings(log, name, head)):
            raise
        told = ", and ".join(f"{one.was} was renamed to {one.now} in {one.commit[:7]}" for one in found)
        hint = f"{told}: promptops history {shell_word(found[-1].now)}"
        raise SourceError(str(exc), where=exc.where, hint=hint) from exc


def _renamed(steps: Sequence[VersionStep]) -> list[tuple[PromptRename, ...]]:
    """For each version what renamed the prompt since the one before; for the newest also what did so after it."""
    with_it = [[one for one in step.renamed if one.commit == step.commit] for step in steps]
    if not steps:
        return []
    later = [[one for one in step.renamed if one.commit != step.commit] for step in steps]
    found = [(*own, *after) for own, after in zip(with_it, [*later[1:], []], strict=True)]
    return [(*later[0], *found[0]), *found[1:]]


def _former_suites(log: PromptLog, rows: Sequence[PromptVersion], head: str, names: set[str]) -> dict[str, str]:
    """What the suites of the scorecards are called now, for those that are called otherwise."""
    suites = dict.fromkeys(card.suite for row in rows for card in row.scorecards if card.prompt in names)
    now = {suite: current_suite_name(log, suite, head, names) for suite in [*suites][:_MOST_SUITES]}
    return {suite: found for suite, found in now.items() if found != suite}


def change(before: VersionStep, step: VersionStep, suites: Sequence[Suite]) -> PromptDiff:
    """What the cases of these suites receive before and after, and all that differs besides the text."""
    old, new = before.version, step.version
    old_path, new_path = str(old.prompt.path), str(new.prompt.path)
    empty = PromptDiff(
        step.name,
        new_path,
        "changed",
        new.prompt.title,
        was=before.name if before.name != step.name else "",
        was_path=old_path if old_path != new_path else "",
        digests=(old.digest, new.digest),
    )
    return with_changes(empty, old, new, suites)


def _why_unfilled(row: PromptVersion) -> str:
    """Why no case has messages in this version; empty where one has, or where nothing may be told of any."""
    cases = row.diff.cases if row.diff is not None else ()
    told = [case.head_problem for case in cases if case.head is None and not case.held_out]
    return told[0] if told and all(case.head is None for case in cases) else ""


def _served(impact: ImpactFinder, names: set[str]) -> dict[str, tuple[ServingEnvironment, ...]]:
    """Digest → where a prompt that has or had one of these names is pinned."""
    found: dict[str, tuple[ServingEnvironment, ...]] = {}
    for environment, pins in impact.environments.items():
        for version in served_versions(pin for name, pin in pins.items() if name in names):
            rollout = pins[version.prompt].rollout
            rest = 100.0 - rollout.percent if rollout is not None else 100.0
            percent = version.rollout.percent if version.rollout is not None else rest
            found[version.digest] = (*found.get(version.digest, ()), ServingEnvironment(environment, percent))
    return found


def _notes(
    repository: Repository,
    rows: Sequence[PromptVersion],
    shown: Sequence[VersionStep],
    older: bool,
    unreadable: list[PromptState],
) -> Iterator[str]:
    if not rows:
        yield "no version of it can be read"
    elif not all(row.scorecards for row in rows) and notes_tip(repository) is None:
        yield f"results of others travel as git notes, and none are here; if the remote has some: {FETCH}"
    unfilled = [(row.commit[:7], problem) for row in rows if (problem := _why_unfilled(row))]
    for commit, problem in unfilled[:_MOST_TOLD]:
        yield f"at {commit} none of the cases can be filled: {problem}"
    if unreadable:
        named = listed([state.commit[:7] for state in unreadable], _MOST_TOLD)
        yield f"at {named} it cannot be read, so nothing is said of it there ({unreadable[0].found})"
    if shown and shown[-1].cut and not older:
        yield (
            f"this clone is shallow and ends at {shown[-1].commit[:7]}, so older versions are not here, and that "
            "commit need not be the one that changed it: git fetch --unshallow"
        )
