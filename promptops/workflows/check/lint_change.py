"""Lint of a change: whose settings hold, what is to be said of those that it changes, and what was found before.

A stranger's change is looked at with the settings of its base, and comments in it that take findings on count only
where the base has them. In a change from this repository its own settings hold, and the comment says which are new.
The base is looked at only where something was found, and by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import AbsentObjectError, PromptopsError
from promptops.evals.registry import KINDS
from promptops.lint.baseline.inherited_findings import inherited_findings
from promptops.lint.engine.project_files import CachedSource, all_paths, open_project
from promptops.lint.engine.runner import Report, lint
from promptops.model.config import Config, LintSettings
from promptops.model.outcomes.mend_place import MendPlace
from promptops.source.checkout import Checkout
from promptops.source.files.read_tracker import ReadTracker
from promptops.source.formats.settings import load_config
from promptops.source.git.commit import Commit
from promptops.source.git.prefetch import PrefetchedCommit
from promptops.source.git.repository import Repository
from promptops.source.project import Project, at_commits
from promptops.source.source import read_text
from promptops.text.humanize import listed
from promptops.workflows.check.change_reach import changed_files, touched_files
from promptops.workflows.check.mend_places import mend_places
from promptops.workflows.eval.fork_policy import with_base_config
from promptops.workflows.workspace import Workspace

_MOST, _LONGEST = 10, 60


class ChangeReport(NamedTuple):
    """What lint found, with what was there before, and sentences on the settings that the change changes.

    `touched` are the changed files that the project is made of; None where that cannot be told, or there is no base.
    `no_baseline` says why nothing is known of what was there before; `mend` are the places where what the change brings
    is mended.
    """

    report: Report
    settings: tuple[str, ...] = ()
    touched: frozenset[PurePosixPath] | None = None
    no_baseline: str = ""
    mend: tuple[MendPlace, ...] = ()


def lint_change(workspace: Workspace, base: str | None, *, untrusted: bool) -> ChangeReport:
    """Lint of all files as they are, for a change from the commit `base`. PromptopsError where they cannot be read."""
    versions = at_commits(workspace.root, KINDS)
    files, before = ReadTracker(Checkout(workspace.root)), None
    project = open_project(files, KINDS)
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
    changed = None if base is None else changed_files(workspace.root, base)
    touched = None if changed is None else touched_files(changed, project.config, files)
    report, trouble = _with_inherited(workspace, base, project, report, touched)
    places = mend_places(report, before.source if before is not None else None, project.source, touched)
    return ChangeReport(report, told, touched, trouble, places)


def _with_inherited(
    workspace: Workspace, base: str | None, project: Project, report: Report, touched: frozenset[PurePosixPath] | None
) -> tuple[Report, str]:
    """The report with what the base has too, and why that is not known where it is not."""
    if base is None or not report.failed:
        return report, ""
    if touched is not None and not touched:
        return report._replace(inherited=frozenset(report.findings)), ""
    try:
        earlier = lint_base(workspace.root, base, project.config)
    except PromptopsError as exc:
        return report, str(exc)
    return report._replace(inherited=inherited_findings(report, earlier)), ""


def lint_base(root: Path, base: str, own: Config) -> Report:
    """Lint of the commit `base` by the rules of the change's settings `own`; all else is as its own settings say.

    So a rule that a change makes stricter brings no findings that were there, and a model that it no longer names does.
    PromptopsError where the commit cannot be read.
    """
    with closing(Repository(root)) as repository:
        commit = PrefetchedCommit(Commit(repository, repository.require_commit(base), repository.prefix(root)))
        source = CachedSource(commit)
        try:
            config = load_config(source)._replace(lint=own.lint)
        except AbsentObjectError:
            raise
        except PromptopsError:  # who mends the settings did not bring what can be seen now
            config = own
        project = Project(source, KINDS, config)
        commit.prefetch(all_paths(project))
        return lint(project, versions=at_commits(root, KINDS))


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
