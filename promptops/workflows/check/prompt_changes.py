"""Which prompts a change deletes or renames, and which it changes without any suite looking at them."""

from __future__ import annotations

from contextlib import suppress

from promptops.errors import PromptopsError
from promptops.model.outcomes.check import PromptChanges
from promptops.source.project import Project
from promptops.workflows.diff.unchanged_prompts import UnchangedPrompts
from promptops.workflows.versions.prompt_versions import ResolvedPrompt, resolve_prompt
from promptops.workflows.versions.rename_detection import FormerNames
from promptops.workflows.workspace import Workspace


def prompt_changes(workspace: Workspace, base: str | None) -> PromptChanges:
    """The prompts and suites of the work tree compared with those at the commit `base`.

    Fills no template, never raises.
    """
    if base is None:
        return PromptChanges()
    with suppress(PromptopsError):  # broken settings are told by lint and by the evaluation
        return _compared(workspace, workspace.project(base), workspace.project())
    return PromptChanges()


def _compared(workspace: Workspace, base: Project, head: Project) -> PromptChanges:
    former = FormerNames(workspace, base, head)
    old, new = base.prompt_names(), head.prompt_names()
    was = {name: former.prompt(name) for name in new}
    renamed = {name: before for name, before in was.items() if before != name}
    deleted = [name for name in old if name not in new and name not in renamed.values()]
    tested = _tested(head)
    unchanged, paths = UnchangedPrompts(base, head), head.prompt_paths()
    changed = [
        name
        for name in new
        if name not in tested
        and (name in renamed or not unchanged.is_same(paths[name]))
        and _differs(workspace, (base, was[name]), (head, name))
    ]
    same = [name for name, before in renamed.items() if not _differs(workspace, (base, before), (head, name))]
    suites = sorted(former.suites.items())
    return PromptChanges(tuple(deleted), tuple(sorted(renamed.items())), tuple(changed), tuple(same), tuple(suites))


def _tested(head: Project) -> set[str]:
    """Prompts that a suite asks; one whose suite cannot be read is told as that."""
    found: set[str] = set()
    for name in head.all_suites():
        with suppress(PromptopsError):
            found.add(head.prompt(head.suite(name).prompt).id)
    return found


def _differs(workspace: Workspace, old: tuple[Project, str], new: tuple[Project, str]) -> bool:
    """Whether a prompt behaves in another way, or is new; one that cannot be read is told by lint."""
    after = resolve_prompt(workspace, *new)
    before = resolve_prompt(workspace, *old) if old[0].has_prompt(old[1]) else None
    return isinstance(after, ResolvedPrompt) and not (isinstance(before, ResolvedPrompt) and before.key == after.key)
