"""`promptops lint [PATH…]`: what is wrong with prompts and suites, and what to do."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath

import click

from promptops.cli.folder import here
from promptops.errors import SourceError
from promptops.lint.engine import Report, all_paths, kind_of, lint, open_project
from promptops.source.project import Project, find_root
from promptops.source.worktree import Worktree

_NOTHING = "prompts are files like prompts/NAME.prompt.yml; is this the right folder? Or begin: promptops init"


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="[PATH]…")
@click.option("--fix", is_flag=True, help="Put the fixes that are sure into the files, then look again.")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@click.option("--rules", is_flag=True, help="List all rules.")
@click.option("--explain", metavar="RULE", help="Show a rule's manual page: what, why, a bad and a good example.")
@click.option("--at", metavar="REV", help="Read the files at this git revision instead of the work tree.")
def command(paths: tuple[str, ...], fix: bool, form: str, rules: bool, explain: str | None, at: str | None) -> None:
    """Say what is wrong with prompts and suites, and what to do.

    PATH is a file, a folder or an identifier; without one, all of the project is looked at. Ends with 1 when there
    are findings.
    """
    if rules or explain is not None:
        from promptops.lint.manual import listing, page

        click.echo(listing() if explain is None else page(explain))
        return
    if fix and at:
        raise click.UsageError("--fix changes files of the work tree; it cannot be used with --at.")
    root = find_root(here())
    project = _project(root, at)
    chosen = [path for name in paths for path in _files(project, root, name)] if paths else None
    report = lint(project, chosen)
    if fix and _fixed(root, project, report):
        report = lint(_project(root, at), chosen)
    if not paths and not any(report.checked.values()) and not report.skipped:
        raise SourceError("there is nothing to look at here", where=str(root), hint=_NOTHING)
    if paths and not any(report.checked.values()) and report.skipped:
        first = report.skipped[0]
        raise SourceError(first.reason, where=str(first.path), hint="nothing was looked at; check the path")
    click.echo(_shown(report, form, root), color=None)
    if report.findings:
        raise click.exceptions.Exit(1)


def _project(root: Path, at: str | None) -> Project:
    if at is None:
        return open_project(Worktree(root))
    from promptops.source.commit import Commit
    from promptops.source.repository import Repository

    repository = Repository.at(root)
    return open_project(Commit(repository, repository.resolve(at), repository.prefix(root)))


def _files(project: Project, root: Path, name: str) -> list[PurePosixPath]:
    """The project paths a name means: a file or the files of a folder, from the current folder, or an identifier."""
    full = Path(os.path.abspath(name))
    inside = full.parent.resolve() / full.name
    if not inside.is_relative_to(root):
        raise SourceError("the path is outside the project", where=name, hint=f"the project is {root}")
    path = PurePosixPath(inside.relative_to(root).as_posix())
    if project.source.exists(path) or kind_of(path):
        return [path]
    if path == PurePosixPath():
        return all_paths(project)
    if files := [file for file in project.source.list(f"{path}/**") if kind_of(file)]:
        return files
    known = {**project.suite_paths(), **project.prompt_paths()}
    return [known[name]] if name in known else [path]


def _fixed(root: Path, project: Project, report: Report) -> bool:
    """Put the fixes into the files that were looked at; whether there were any."""
    from promptops.lint.fixes import apply, replace_file

    files = sorted({finding.path for finding in report.findings if finding.fix and finding.path in report.paths})
    for path in files:
        old = project.source.read(path)
        fixes = [finding.fix for finding in report.findings if finding.fix and finding.path == path]
        replace_file(root / path, old, apply(old, fixes))
    return bool(files)


def _shown(report: Report, form: str, root: Path) -> str:
    from promptops.report import findings

    if form == "json":
        return findings.json(report)
    if form == "github":
        return findings.github(report, _prefix(root))
    return findings.text(report, color=sys.stdout.isatty() and "NO_COLOR" not in os.environ)


def _prefix(root: Path) -> str:
    """The project's folder in its repository: annotations name files from there."""
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    return "" if top == root else f"{root.relative_to(top).as_posix()}/"
