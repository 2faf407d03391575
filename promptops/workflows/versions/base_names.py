"""What a prompt was called before: a renamed one is compared with itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import PurePosixPath

from promptops.source.file_names import INLINE, PROMPT_SUFFIXES
from promptops.source.project import Project
from promptops.workflows.project import Workspace
from promptops.workflows.versions.prompt_versions import ResolvedPrompt, resolve_prompt
from promptops.workflows.versions.rename_detection import detect_renames


class FormerNames:
    """The names that prompts and suites of the head have in the base; looked up when the first is missing there."""

    def __init__(self, workspace: Workspace, base: Project, head: Project) -> None:
        self.base = base
        self._workspace = workspace
        self._head = head

    def prompt(self, name: str) -> str:
        """The prompt's name in the base; the same where it was not renamed, or is new."""
        if self.base.has_prompt(name):
            return name
        identifier = self._head.identifier_of(PurePosixPath(name)) if name.endswith(PROMPT_SUFFIXES) else name
        return self._renamed.get(identifier, name)

    def suite(self, name: str) -> str:
        """The suite's name in the base: one that is in a prompt's file is called like the prompt."""
        return INLINE + self.prompt(name.removeprefix(INLINE)) if name.startswith(INLINE) else name

    @cached_property
    def _renamed(self) -> dict[str, str]:
        old, new = set(self.base.prompt_names()), set(self._head.prompt_names())
        return detect_renames(self._read(self.base, old - new), self._read(self._head, new - old))

    def _read(self, project: Project, names: set[str]) -> Mapping[str, ResolvedPrompt]:
        found = {name: resolve_prompt(self._workspace, project, name) for name in sorted(names)}
        return {name: one for name, one in found.items() if isinstance(one, ResolvedPrompt)}
