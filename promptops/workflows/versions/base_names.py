"""What a prompt was called before: a renamed one is compared with itself."""

from __future__ import annotations

from functools import cached_property

from promptops.source.file_names import INLINE_PREFIX
from promptops.source.project import Project
from promptops.workflows.project import Workspace
from promptops.workflows.versions.rename_detection import project_renames


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
        return self._renamed.get(self._head.prompt_identifier(name), name)

    def suite(self, name: str) -> str:
        """The suite's name in the base: one that is in a prompt's file is called like the prompt."""
        return INLINE_PREFIX + self.prompt(name.removeprefix(INLINE_PREFIX)) if name.startswith(INLINE_PREFIX) else name

    @cached_property
    def _renamed(self) -> dict[str, str]:
        return project_renames(self._workspace, self.base, self._head)
