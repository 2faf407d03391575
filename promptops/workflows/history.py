"""The versions of one prompt, with who made each, what it changed, how it did and where it is served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from promptops.errors import PromptopsError
from promptops.model.diff import PromptDiff
from promptops.model.history import About, History, PromptVersion, Scorecard, Served
from promptops.model.suite import Suite
from promptops.source.environments import environment_paths, load_environment
from promptops.source.notes import FETCH, tip
from promptops.source.past import about
from promptops.source.project import Project
from promptops.source.repository import Repository
from promptops.workflows.diff import with_changes
from promptops.workflows.past import Past, State, Step, require_head, versions
from promptops.workflows.project import Workspace
from promptops.workflows.reach import Reached
from promptops.workflows.scorecards import all_scorecards

_MOST_TOLD = 3


def history(workspace: Workspace, name: str, at: str | None = None, limit: int = 20) -> History:
    """The newest `limit` versions of a prompt (an identifier or a path) along the first parents of `at`, or HEAD.

    PromptopsError when there is no such prompt at that revision, or no repository.
    """
    repository = Repository.at(workspace.root)
    try:
        return _history(workspace, repository, name, require_head(repository, at), limit)
    finally:
        repository.close()


def _history(workspace: Workspace, repository: Repository, name: str, head: str, limit: int) -> History:
    past = Past(workspace, repository)
    project = past.project(head)
    name = project.identifier_of(project.path_of(name))
    unreadable: list[State] = []
    steps = [*islice(versions(past.states(name, head), unreadable), limit + 1)]
    shown, older = steps[:limit], len(steps) > limit
    digests = {step.version.digest for step in shown if step.version.digest}
    cards, trouble = all_scorecards(workspace, repository, digests)
    told = about(repository, [step.commit for step in shown])
    reached = Reached(project, {})
    suites = reached.suites(name)
    served, more = _served(project, {step.name for step in steps} | {name})
    rows = tuple(
        _row(step, before, suites, told[step.commit], cards, served)
        for step, before in zip(shown, [*steps[1:], None], strict=False)
    )
    notes = (*trouble, *more, *reached.notes, *_notes(repository, rows, shown, older, unreadable))
    title = shown[0].version.prompt.title if shown else name
    return History(name, title, head, head[:7], rows, older, notes)


def _row(
    step: Step,
    before: Step | None,
    suites: Sequence[Suite],
    told: About,
    cards: dict[str, tuple[Scorecard, ...]],
    served: dict[str, tuple[Served, ...]],
) -> PromptVersion:
    version = step.version
    digest = version.digest
    return PromptVersion(
        commit=step.commit,
        prompt=step.name,
        path=str(version.prompt.path),
        key=version.key,
        digest=digest,
        about=told,
        diff=change(before, step, suites) if before is not None else None,
        scorecards=cards.get(digest or "", ()),
        served=served.get(digest or "", ()),
    )


def change(before: Step, step: Step, suites: Sequence[Suite]) -> PromptDiff:
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


def _served(project: Project, names: set[str]) -> tuple[dict[str, tuple[Served, ...]], tuple[str, ...]]:
    """Digest → where it is pinned; and words on environments that cannot be read."""
    found: dict[str, tuple[Served, ...]] = {}
    trouble: list[str] = []
    try:
        paths = environment_paths(project.source)
    except PromptopsError as exc:
        return {}, (f"where it is pinned cannot be said ({exc})",)
    for environment, path in paths.items():
        try:
            pins = [pin for pin in load_environment(project.source, path).pins.values() if pin.prompt in names]
        except PromptopsError as exc:
            trouble.append(f"what '{environment}' pins cannot be said ({exc})")
            continue
        for pin in pins:
            rest = pin.rollout.percent if pin.rollout is not None else 0.0
            arms = [(pin.digest, 100.0 - rest), *([(pin.rollout.digest, rest)] if pin.rollout is not None else [])]
            for digest, percent in arms:
                found[digest] = (*found.get(digest, ()), Served(environment, percent))
    return found, tuple(trouble)


def _notes(
    repository: Repository, rows: Sequence[PromptVersion], shown: Sequence[Step], older: bool, unreadable: list[State]
) -> Iterator[str]:
    if not rows:
        yield "no version of it can be read"
    elif not all(row.scorecards for row in rows) and tip(repository) is None:
        yield f"results of others travel as git notes, and none are here; if the remote has some: {FETCH}"
    if unreadable:
        named = ", ".join(state.commit[:7] for state in unreadable[:_MOST_TOLD])
        more = f" and {len(unreadable) - _MOST_TOLD} more" if len(unreadable) > _MOST_TOLD else ""
        yield f"at {named}{more} it cannot be read, so nothing is said of it there ({unreadable[0].found})"
    if shown and shown[-1].cut and not older:
        yield (
            f"this clone is shallow and ends at {shown[-1].commit[:7]}, so older versions are not here, and that "
            "commit need not be the one that changed it: git fetch --unshallow"
        )
