"""Lint before a commit: the project as it will be committed, and what of it this commit answers for.

A commit answers for every finding in a file that it changes, and for each that it brings into another one: a template
that it deletes, an input that it renames, a model that it takes out. What was there before, in a file that it leaves
alone, is not its concern. What is not staged does not exist. See decision 0039.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError, SourceError
from promptops.evals.registry import KINDS
from promptops.lint.engine.project_files import UNREADABLE, Skip, kind_of, open_project
from promptops.lint.engine.project_files import all_paths as project_paths
from promptops.lint.engine.runner import Report, lint
from promptops.model.finding import Finding
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.git.commit import Commit
from promptops.source.git.prefetch import PrefetchedCommit
from promptops.source.git.repository import Repository
from promptops.source.git.work_tree.staged import all_paths, changed_paths, coming_parents, staged_tree, tree_files
from promptops.source.project import Project, find_root

Paths = frozenset[PurePosixPath]
_NOT_STAGED = "it is not staged, so no commit would have it: git add it first"


class StagedReport(NamedTuple):
    """What the commit answers for; `older` is the number of problems that were there before in files it leaves alone.

    Paths in the report are seen from the folder `shown_from`.
    """

    report: Report
    older: int
    shown_from: Path


class _PendingCommit(NamedTuple):
    """The commit that is being made: its top folder, its parents, the paths it changes, and those asked about.

    Where none is being made it is as if there were nothing before; and of files that are named then, nothing else is
    looked at (`only_named`).
    """

    repository: Repository
    tree: str
    parents: Sequence[str]
    staged: Paths
    touched: Paths
    only_named: bool = False


def lint_staged(
    here: Path, names: Sequence[str] = (), *, folder: Path | None = None, index: str = "", base: str = "",
    committing: bool = False,
) -> StagedReport:  # fmt: skip
    """Lint of what is staged in the project that holds `here`, or in the one in `folder` only.

    `committing`: git is making a commit, so only what that answers for counts; so too for all since the revision
    `base`. `names` are files and folders that alone count. `index` is `GIT_INDEX_FILE`. NoRepositoryError where there
    is no repository, SourceError where files are in conflict.
    """
    shown_from = find_root(here)
    home = folder.resolve() if folder is not None else shown_from
    with closing(Repository(home)) as repository:
        change, absent = _change(repository, here, names, index, base, committing=committing)
        prefix = repository.prefix(home)
        within = frozenset(path for path in change.touched | change.staged if path.is_relative_to(prefix))
        reports, older = [], 0
        for root in sorted(_projects(change, within, prefix)) or [prefix]:
            report, before = _lint_project(change, root)
            top = repository.root / root
            reports.append(_seen_from(shown_from, top, report))
            older += before
    found = reports[0] if len(reports) == 1 else Report.together(reports)
    return StagedReport(found._replace(skipped=(*found.skipped, *absent)), older, shown_from)


def _change(
    repository: Repository, here: Path, names: Sequence[str], index: str, base: str, *, committing: bool
) -> tuple[_PendingCommit, list[Skip]]:
    tree = staged_tree(repository, index)
    parents = [repository.resolve(base)] if base else coming_parents(repository)
    there = all_paths(repository, tree)
    staged = changed_paths(repository, tree, parents) if committing or base else there
    if not names:
        return _PendingCommit(repository, tree, parents, staged, staged), []
    asked = {name: _from_top(repository, here / name) for name in names}
    touched = frozenset(path for path in there if not {path, *path.parents}.isdisjoint(asked.values()))
    known = {each for path in touched for each in (path, *path.parents)}
    absent = [Skip(PurePosixPath(name), _NOT_STAGED) for name, path in asked.items() if path not in known]
    return _PendingCommit(repository, tree, parents, staged, touched, not committing and not base), absent


def _from_top(repository: Repository, path: Path) -> PurePosixPath:
    whole = path.parent.resolve() / path.name if path.name != ".." else path.resolve()
    if not whole.is_relative_to(repository.root):
        raise SourceError("the path is outside the repository", where=str(path), hint=f"it is {repository.root}")
    return PurePosixPath(whole.relative_to(repository.root).as_posix())


def _projects(change: _PendingCommit, paths: Iterable[PurePosixPath], home: PurePosixPath) -> set[PurePosixPath]:
    """The projects that the paths belong to: the nearest folder upwards with settings, at the most `home`."""
    files = tree_files(change.repository, change.tree, PurePosixPath())
    has_settings: dict[PurePosixPath, bool] = {}

    def root_of(folder: PurePosixPath) -> PurePosixPath:
        if folder == home:
            return home
        if folder not in has_settings:
            has_settings[folder] = files.exists(folder / CONFIG_FILE)
        return folder if has_settings[folder] else root_of(folder.parent)

    return {root_of(path.parent) for path in paths}


def _lint_project(change: _PendingCommit, root: PurePosixPath) -> tuple[Report, int]:
    """What the commit answers for in the project at `root`, and how many problems it does not."""
    source = tree_files(change.repository, change.tree, root)
    project = open_project(source, KINDS)
    touched, staged = _below(root, change.touched), _below(root, change.staged)
    report = _lint(change, root, project, source, touched if change.only_named else None)
    counted = [one for one in report.findings if one.path in touched]
    others = [one for one in report.findings if one.severity != "note" and one.path not in touched | staged]
    known = _known_before(change, root, project) if others and staged else set(map(_key, others))
    brought = [one for one in others if _key(one) not in known]
    skipped = tuple(skip for skip in report.skipped if skip.path in touched)
    findings = tuple(sorted((*counted, *brought), key=Finding.sort_key))
    return report._replace(findings=findings, skipped=skipped), len(others) - len(brought)


def _known_before(change: _PendingCommit, root: PurePosixPath, project: Project) -> set[tuple[object, ...]]:
    """What lint finds in the commits before, by the same rules: a rule that becomes stricter brings nothing."""
    return {_key(one) for commit in change.parents for one in _lint_before(change, commit, root, project)}


def _lint_before(change: _PendingCommit, commit: str, root: PurePosixPath, project: Project) -> Iterator[Finding]:
    source = PrefetchedCommit(Commit(change.repository, commit, root))
    before = open_project(source, KINDS)
    # Who mends settings that nobody could read did not bring what can be seen now.
    config = project.config if before.config is UNREADABLE else before.config._replace(lint=project.config.lint)
    yield from _lint(change, root, Project(before.source, KINDS, config), source).findings


def _lint(
    change: _PendingCommit, root: PurePosixPath, project: Project, source: PrefetchedCommit, only: Paths | None = None
) -> Report:
    chosen = None if only is None else sorted(path for path in only if kind_of(path))
    with suppress(PromptopsError):  # what cannot be read is told by the rules
        source.prefetch(project_paths(project) if chosen is None else chosen)
    return lint(project, chosen, versions=lambda commit: Project(Commit(change.repository, commit, root), KINDS))


def _key(finding: Finding) -> tuple[object, ...]:
    """In a file that stays as it is, what is found twice is found at the same place."""
    return finding.path, finding.span, finding.code, finding.message


def _below(root: PurePosixPath, paths: Collection[PurePosixPath]) -> Paths:
    return frozenset(path.relative_to(root) for path in paths if path.is_relative_to(root))


def _seen_from(folder: Path, root: Path, report: Report) -> Report:
    place = root.resolve()
    if place == folder or not place.is_relative_to(folder):
        return report
    return report.below(PurePosixPath(place.relative_to(folder).as_posix()))
