"""Names of then and of now: what became of a prompt or a suite that was renamed, seen from the newest version."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.model.outcomes.history import PromptRename
from promptops.source.file_names import INLINE_PREFIX, PROMPT_SUFFIXES, SUITE_SUFFIXES
from promptops.source.git.log import commits_that_changed
from promptops.source.project import Project
from promptops.source.source import normalize_path
from promptops.workflows.versions.prompt_log import PromptLog
from promptops.workflows.versions.rename_detection import MIN_SHARED_CRITERIA, project_renames, share_of_criteria

_MOST_STEPS = 10
_MOST_STATES = 500


class _Removal(NamedTuple):
    """The commit with which a file went, and the project before and after it."""

    commit: str
    before: Project
    after: Project


def prompt_renamings(log: PromptLog, name: str, head: str) -> list[PromptRename]:
    """How a prompt that is not there at `head` (full id) came to the name it has there, oldest first.

    Empty when it was never there, or is gone for good.
    """
    found: list[PromptRename] = []
    with suppress(PromptopsError):
        while len(found) < _MOST_STEPS and not log.project(head).has_prompt(name):
            folders = log.project(head).config.paths.prompt_folders
            removal = _find_removal(log, _files(name, folders, PROMPT_SUFFIXES), head)
            if removal is None:
                break
            was = removal.before.identifier_of(removal.before.path_of(name))
            former = project_renames(log.workspace, removal.before, removal.after)
            now = next((new for new, old in former.items() if old == was), "")
            if not now:
                break
            found.append(PromptRename(removal.commit, was, now))
            name = now
        return found if log.project(head).has_prompt(name) else []
    return []


def name_at_commit(log: PromptLog, name: str, head: str, commit: str) -> str:
    """What a prompt of `head` was called at a commit (full ids); empty where it was not there or nobody knows."""
    found, last = name, head
    with suppress(PromptopsError):
        for state in islice(log.states(name, head), _MOST_STATES):
            if state.name != found:  # the change before this one renamed it
                if not log.repository.unreachable([last], commit):
                    break
                found = state.name
            last = state.commit
        return found if log.project(commit).has_prompt(found) else ""
    return ""


def current_suite_name(log: PromptLog, name: str, head: str, prompts: Collection[str]) -> str:
    """What a suite of a prompt with these names is called at `head`; its own name where nobody knows."""
    project = log.project(head)
    if name.startswith(INLINE_PREFIX):
        there = [one for one in prompts if project.has_prompt(one)]
        return INLINE_PREFIX + there[0] if there and name.removeprefix(INLINE_PREFIX) in prompts else name
    found = name
    with suppress(PromptopsError):
        for _ in range(_MOST_STEPS):
            if found in project.suite_paths():
                return found
            removal = _find_removal(log, _files(found, project.config.paths.eval_folders, SUITE_SUFFIXES), head)
            if removal is None or not (found := _renamed_suite(removal, found, prompts)):
                break
    return name


def _files(name: str, folders: Iterable[str], suffixes: tuple[str, ...]) -> list[PurePosixPath]:
    if name.endswith(suffixes):
        return [normalize_path(PurePosixPath(name))]
    return [normalize_path(PurePosixPath(folder) / f"{name}{suffix}") for folder in folders for suffix in suffixes]


def _find_removal(log: PromptLog, files: Iterable[PurePosixPath], head: str) -> _Removal | None:
    """Of files that are not there any more, the newest change is that somebody took them away."""
    changed = commits_that_changed(log.repository, [log.prefix / each for each in files], head)[:1]
    before = log.parent(changed[0]) if changed else None
    return _Removal(changed[0], log.project(before), log.project(changed[0])) if before is not None else None


def _renamed_suite(removal: _Removal, name: str, prompts: Collection[str]) -> str:
    """Of the suites that came with this commit and test the same prompt, the one that asks most alike."""
    old, new = removal.before.suite_paths(), removal.after.suite_paths()
    was = removal.before.suite(name)
    alike = []
    for identifier in new.keys() - old.keys():
        with suppress(PromptopsError):
            suite = removal.after.suite(identifier)
            if removal.after.prompt_identifier(suite.prompt) in prompts:
                alike.append((share_of_criteria(was, suite), suite.id))
    share, found = max(alike, default=(0.0, ""))
    return found if share >= MIN_SHARED_CRITERIA else ""
