"""The prompts of two versions side by side, each loaded when somebody asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import PurePosixPath

from promptops.source.project import Project
from promptops.workflows.diff.unchanged_prompts import UnchangedPrompts
from promptops.workflows.versions.base_head import BaseAndHead
from promptops.workflows.versions.prompt_versions import PromptOrError, ResolvedPrompt, resolve_prompt
from promptops.workflows.versions.rename_detection import detect_renames
from promptops.workflows.workspace import Workspace

Names = tuple[str, str]
"""A prompt's former and present identifier; the same name twice unless it was renamed."""

Pair = tuple[PromptOrError | None, PromptOrError | None]
"""A prompt before and after; None where that version does not have it."""


class PromptPairs:
    """`chosen`: identifiers of prompts that count although they lie outside the prompts' folders."""

    def __init__(self, workspace: Workspace, versions: BaseAndHead, chosen: Collection[str]) -> None:
        self._workspace = workspace
        self._base, self._head = versions.base, versions.head
        self._old, self._new = _paths(self._base, chosen), _paths(self._head, chosen)
        self._loaded: dict[tuple[Project, str], PromptOrError] = {}
        self._unchanged = UnchangedPrompts(self._base, self._head)

    def names(self, chosen: Collection[str]) -> list[Names]:
        """Every prompt that either side has; with `chosen` only those that are called so on either side."""
        if chosen and all(name in self._old and name in self._new for name in chosen):
            return [(name, name) for name in sorted(chosen)]
        return [pair for pair in self._all_names if not chosen or not set(chosen).isdisjoint(pair)]

    def pair(self, names: Names) -> Pair:
        """The prompt in both versions."""
        was, now = names
        old = self._load(self._base, was) if was in self._old else None
        return old, self._load(self._head, now) if now in self._new else None

    def differs(self, names: Names, *, at_a_glance: bool) -> bool:
        """Whether the prompt is not the same to a model, lies elsewhere, or cannot be read.

        `at_a_glance`: one whose files did not change is not read.
        """
        if at_a_glance and self._is_unchanged(names):
            return False
        old, new = self.pair(names)
        if not isinstance(old, ResolvedPrompt) or not isinstance(new, ResolvedPrompt):
            return True
        return old.key != new.key or old.prompt.path != new.prompt.path

    def possibly_changed(self) -> Mapping[str, Pair]:
        """By present identifier every prompt that may differ, or include something that does."""
        return {names[1]: self.pair(names) for names in self._all_names if not self._is_unchanged(names)}

    def _is_unchanged(self, names: Names) -> bool:
        was, now = names
        path = self._new.get(now)
        return path is not None and self._old.get(was) == path and self._unchanged.is_same(path)

    @cached_property
    def _all_names(self) -> list[Names]:
        gone = [name for name in self._old if name not in self._new]
        come = [name for name in self._new if name not in self._old]
        former = (
            detect_renames(self._readable(self._base, gone), self._readable(self._head, come)) if gone and come else {}
        )
        deleted = [name for name in gone if name not in former.values()]
        found = [*((former.get(name, name), name) for name in self._new), *((name, name) for name in deleted)]
        return sorted(found, key=lambda names: names[1])

    def _readable(self, project: Project, names: Collection[str]) -> dict[str, ResolvedPrompt]:
        found = {name: self._load(project, name) for name in names}
        return {name: one for name, one in found.items() if isinstance(one, ResolvedPrompt)}

    def _load(self, project: Project, name: str) -> PromptOrError:
        key = project, name
        if key not in self._loaded:
            self._loaded[key] = resolve_prompt(self._workspace, project, name)
        return self._loaded[key]


def _paths(project: Project, chosen: Collection[str]) -> dict[str, PurePosixPath]:
    known = project.prompt_paths()
    beside = {name: project.path_of(name) for name in chosen if name not in known and project.has_prompt(name)}
    return {**known, **beside}
