"""Which prompt that is gone lives on under another name: a renamed one is compared with itself."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import cached_property

from promptops.model.prompt import Prompt
from promptops.source.file_names import INLINE_PREFIX
from promptops.source.project import Project
from promptops.workflows.versions.prompt_versions import ResolvedPrompt, resolve_readable
from promptops.workflows.workspace import Workspace

_MIN_SIMILARITY = 0.6
_MOST_PAIRS = 400
"""Beyond it only prompts that are the same to a model are recognised: comparing texts takes a while."""
_MOST_LINES = 200


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


def project_renames(workspace: Workspace, old: Project, new: Project) -> dict[str, str]:
    """New identifier → former identifier of what was renamed between two versions of a project."""
    before, after = set(old.prompt_names()), set(new.prompt_names())
    return detect_renames(
        resolve_readable(workspace, old, sorted(before - after)),
        resolve_readable(workspace, new, sorted(after - before)),
    )


def detect_renames(removed: Mapping[str, ResolvedPrompt], added: Mapping[str, ResolvedPrompt]) -> dict[str, str]:
    """New identifier → former identifier: the same to a model, else the most alike in words."""
    found: dict[str, str] = {}
    by_key: dict[str, list[str]] = {}
    for name, version in removed.items():
        by_key.setdefault(version.key, []).append(name)
    for name, version in added.items():
        if same := by_key.get(version.key):
            found[name] = same.pop(0)
    left = [name for name in removed if name not in found.values()]
    new = [name for name in added if name not in found]
    if len(left) * len(new) > _MOST_PAIRS:
        return found
    likeness = sorted(
        ((_similarity(removed[a].prompt, added[b].prompt), a, b) for a in left for b in new),
        key=lambda pair: (-pair[0], pair[1:]),
    )
    for share, before, after in likeness:
        if share >= _MIN_SIMILARITY and after not in found and before not in found.values():
            found[after] = before
    return found


def _similarity(old: Prompt, new: Prompt) -> float:
    return SequenceMatcher(None, _lines(old), _lines(new), autojunk=False).ratio()


def _lines(prompt: Prompt) -> list[str]:
    lines = [line for m in prompt.messages for line in (f"{m.role}:", *m.content.split("\n")) if line.strip()]
    return lines[:_MOST_LINES]
