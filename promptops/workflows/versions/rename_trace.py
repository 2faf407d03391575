"""Names of then and of now: what became of a prompt or a suite that was renamed, seen from the newest version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.model.outcomes.history import PromptRename
from promptops.model.suite import Suite
from promptops.source.file_names import INLINE_PREFIX, PROMPT_SUFFIXES, SUITE_SUFFIXES
from promptops.source.git.log import commits_that_changed
from promptops.source.project import Project
from promptops.source.source import normalize_path
from promptops.workflows.versions.prompt_log import PromptLog
from promptops.workflows.versions.rename_detection import project_renames

_MOST_STEPS = 10
_MOST_STATES = 500
_ALIKE = 0.5
"""The share of criteria that a suite must have kept to be taken for the same under another name."""


class _Parting(NamedTuple):
    """The commit with which a file went, and the project before and after it."""

    commit: str
    before: Project
    after: Project


def prompt_renamings(past: PromptLog, name: str, head: str) -> list[PromptRename]:
    """How a prompt that is not there at `head` (full id) came to the name it has there, oldest first.

    Empty when it was never there, or is gone for good.
    """
    found: list[PromptRename] = []
    with suppress(PromptopsError):
        while len(found) < _MOST_STEPS and not past.project(head).has_prompt(name):
            folders = past.project(head).config.paths.prompt_folders
            parting = _parting(past, _files(name, folders, PROMPT_SUFFIXES), head)
            if parting is None:
                break
            was = parting.before.identifier_of(parting.before.path_of(name))
            now = _new_prompt(past, parting, was)
            if not now:
                break
            found.append(PromptRename(parting.commit, was, now))
            name = now
        return found if past.project(head).has_prompt(name) else []
    return []


def name_at_commit(past: PromptLog, name: str, head: str, commit: str) -> str:
    """What a prompt of `head` was called at a commit (full ids); empty where it was not there or nobody knows."""
    found, last = name, head
    with suppress(PromptopsError):
        for state in islice(past.states(name, head), _MOST_STATES):
            if state.name != found:  # the change before this one renamed it
                if not past.repository.unreachable([last], commit):
                    break
                found = state.name
            last = state.commit
        return found if past.project(commit).has_prompt(found) else ""
    return ""


def current_suite_name(past: PromptLog, name: str, head: str, prompts: Collection[str]) -> str:
    """What a suite of a prompt with these names is called at `head`; its own name where nobody knows."""
    project = past.project(head)
    if name.startswith(INLINE_PREFIX):
        there = [one for one in prompts if project.has_prompt(one)]
        return INLINE_PREFIX + there[0] if there and name.removeprefix(INLINE_PREFIX) in prompts else name
    found = name
    with suppress(PromptopsError):
        for _ in range(_MOST_STEPS):
            if found in project.suite_paths():
                return found
            parting = _parting(past, _files(found, project.config.paths.eval_folders, SUITE_SUFFIXES), head)
            if parting is None or not (found := _new_suite(parting, found, prompts)):
                break
    return name


def _files(name: str, folders: Iterable[str], suffixes: tuple[str, ...]) -> list[PurePosixPath]:
    if name.endswith(suffixes):
        return [normalize_path(PurePosixPath(name))]
    return [normalize_path(PurePosixPath(folder) / f"{name}{suffix}") for folder in folders for suffix in suffixes]


def _parting(past: PromptLog, files: Iterable[PurePosixPath], head: str) -> _Parting | None:
    """Of files that are not there any more, the newest change is that somebody took them away."""
    changed = commits_that_changed(past.repository, [past.prefix / each for each in files], head)[:1]
    before = past.parent(changed[0]) if changed else None
    return _Parting(changed[0], past.project(before), past.project(changed[0])) if before is not None else None


def _new_prompt(past: PromptLog, parting: _Parting, name: str) -> str:
    former = project_renames(past.workspace, parting.before, parting.after)
    return next((now for now, was in former.items() if was == name), "")


def _new_suite(parting: _Parting, name: str, prompts: Collection[str]) -> str:
    """Of the suites that came with this commit and test the same prompt, the one that asks most alike."""
    old, new = parting.before.suite_paths(), parting.after.suite_paths()
    was = {one.name for one in parting.before.suite(name).criteria}
    alike = [
        (len(was & now) / max(len(was | now), 1), suite.id)
        for suite in _suites(parting.after, [one for one in new if one not in old])
        if parting.after.prompt_identifier(suite.prompt) in prompts
        for now in [{one.name for one in suite.criteria}]
    ]
    share, found = max(alike, default=(0.0, ""))
    return found if share >= _ALIKE else ""


def _suites(project: Project, names: Iterable[str]) -> Iterator[Suite]:
    for name in names:
        with suppress(PromptopsError):
            yield project.suite(name)
