"""Which prompt that is gone lives on under another name: a renamed one is compared with itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from difflib import SequenceMatcher
from functools import cached_property

from promptops.errors import PromptopsError
from promptops.model.chat.template_data import readable_item
from promptops.model.prompt import Prompt
from promptops.model.suite import Suite
from promptops.source.file_names import INLINE_PREFIX
from promptops.source.project import Project
from promptops.workflows.versions.prompt_versions import ResolvedPrompt, resolve_readable
from promptops.workflows.workspace import Workspace

_MIN_SIMILARITY = 0.6
_MOST_PAIRS = 400
"""Beyond it only prompts that are the same to a model are recognised: comparing texts takes a while."""
_MOST_LINES = 200
_MOST_SUITES = 50
MIN_SHARED_CRITERIA = 0.5
"""The share of criteria that a suite must have kept to be taken for the same under another name."""


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
        if name.startswith(INLINE_PREFIX):
            return INLINE_PREFIX + self.prompt(name.removeprefix(INLINE_PREFIX))
        return name if name in self.base.suite_paths() else self._renamed_suites.get(name, name)

    @property
    def suites(self) -> dict[str, str]:
        """New identifier → former identifier of the suites' files that were renamed."""
        return dict(self._renamed_suites)

    @cached_property
    def _renamed_suites(self) -> dict[str, str]:
        """Of the suites that are gone, the one of the same prompt that asks most alike; each lives on once."""
        old, new = _suites_only_in(self.base, self._head), _suites_only_in(self._head, self.base)
        alike = [(_likeness(a, b), a.id, b.id) for a in old for b in new if self._have_same_prompt(a, b)]
        found: dict[str, str] = {}
        for share, was, now in sorted(alike, key=lambda pair: (-pair[0], pair[1:])):
            if share >= MIN_SHARED_CRITERIA and now not in found and was not in found.values():
                found[now] = was
        return found

    def _have_same_prompt(self, old: Suite, new: Suite) -> bool:
        """Whether both suites test one prompt, whatever it was called."""
        with suppress(PromptopsError):
            return self.base.prompt_identifier(old.prompt) == self.prompt(self._head.prompt_identifier(new.prompt))
        return False

    @cached_property
    def _renamed(self) -> dict[str, str]:
        return project_renames(self._workspace, self.base, self._head)


def share_of_criteria(old: Suite, new: Suite) -> float:
    """How many of the criteria of two suites both have, of all."""
    was, now = ({one.name for one in suite.criteria} for suite in (old, new))
    return len(was & now) / max(len(was | now), 1)


def _likeness(old: Suite, new: Suite) -> float:
    """The share of criteria that two suites have in common, and one more where they have the same cases."""
    before, after = ([(case.id, dict(case.fields)) for case in suite.cases] for suite in (old, new))
    return share_of_criteria(old, new) + (before == after)


def _suites_only_in(project: Project, other: Project) -> list[Suite]:
    """Those that can be read."""
    found = []
    for name in sorted(project.suite_paths().keys() - other.suite_paths().keys())[:_MOST_SUITES]:
        with suppress(PromptopsError):
            found.append(project.suite(name))
    return found


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
    pairs = map(readable_item, prompt.messages)
    lines = [line for role, text in pairs for line in (f"{role}:", *text.split("\n")) if line.strip()]
    return lines[:_MOST_LINES]
