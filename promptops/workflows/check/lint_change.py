"""Lint of a change: whose settings hold, and what is to be said of those that it changes.

A stranger's change is looked at with the settings of its base, and comments in it that take findings on count only
where the base has them. In a change from this repository its own settings hold, and the comment says which are new.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.evals.registry import KINDS
from promptops.lint.engine.project_files import open_project
from promptops.lint.engine.runner import Report, lint
from promptops.model.config import Config, LintSettings
from promptops.source.checkout import Checkout
from promptops.source.project import Project, at_commits
from promptops.source.source import read_text
from promptops.text.humanize import listed
from promptops.workflows.eval.fork_policy import with_base_config
from promptops.workflows.workspace import Workspace

_MOST, _LONGEST = 10, 60


class ChangeReport(NamedTuple):
    """What lint found, and sentences on the settings that the change changes."""

    report: Report
    settings: tuple[str, ...] = ()


def lint_change(workspace: Workspace, base: str | None, *, untrusted: bool) -> ChangeReport:
    """Lint of all files as they are, for a change from the commit `base`. PromptopsError where they cannot be read."""
    versions = at_commits(workspace.root, KINDS)
    project, before = open_project(Checkout(workspace.root), KINDS), None
    if base is not None:
        with suppress(PromptopsError):  # who mends broken settings must not be stopped by them
            before = versions(base)
    own = project.config
    if untrusted:
        project = Project(project.source, KINDS, with_base_config(own, before.config if before else Config()))
        report = lint(project, versions=versions, comments_of=partial(_text_of, before))
    else:
        report = lint(project, versions=versions)
    told = tuple(_sentences(own, before.config, untrusted)) if before is not None else ()
    return ChangeReport(report, told)


def _sentences(own: Config, before: Config, untrusted: bool) -> Iterator[str]:
    changed = [*_rules(own.lint, before.lint), *_excluded(own.lint, before.lint), *_paths(own, before)]
    if not changed:
        return
    told = f"this change changes what lint looks for: {listed(changed, _MOST)}"
    owners = before.policy.owners
    if untrusted:
        yield f"{told}; it is a fork's, so the settings of the base were used"
    elif owners:
        yield f"{told}; this holds here already, and one of the owners of promptops.yml must approve it: " + listed(
            owners, _MOST
        )
    else:
        nobody = "promptops.yml names nobody who approves it (policy: {owners: […]})"
        yield f"{told}; this holds here already, and {nobody}"


def _rules(own: LintSettings, before: LintSettings) -> Iterator[str]:
    for rule in sorted({*own.severities, *before.severities}):
        was, now = (one.severities.get(rule, "as written") or "off" for one in (before, own))
        if was != now:
            yield f"{rule} {was} → {now}"


def _excluded(own: LintSettings, before: LintSettings) -> Iterator[str]:
    yield from (f"{glob[:_LONGEST]} is left out" for glob in own.exclude if glob not in before.exclude)
    yield from (f"{glob[:_LONGEST]} is no longer left out" for glob in before.exclude if glob not in own.exclude)


def _paths(own: Config, before: Config) -> Iterator[str]:
    for what, now, was in zip(("prompts", "evals"), own.paths, before.paths, strict=True):
        if gone := [glob for glob in was if glob not in now]:
            yield f"{what} are no longer looked for in {', '.join(glob[:_LONGEST] for glob in gone[:_MOST])}"


def _text_of(base: Project | None, path: PurePosixPath) -> str:
    """The file as the base has it; empty where it has none that can be read."""
    with suppress(PromptopsError):
        return read_text(base.source, path) if base is not None else ""
    return ""
