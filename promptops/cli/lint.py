"""`promptops lint [PATH…]`: what is wrong with prompts and suites, and what to do."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path, PurePosixPath

import click

from promptops.cli.completion import prompts_and_suites, rules
from promptops.cli.context import at_option, current_folder, format_option, say
from promptops.errors import SourceError
from promptops.evals.registry import KINDS
from promptops.lint.engine.project_files import EXCLUDED, NOT_OURS, all_paths, kind_of, open_project
from promptops.lint.engine.runner import Report, Scope, lint
from promptops.source.checkout import Checkout
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.project import Project, at_commits, find_root
from promptops.text.suggestions import closest

_NOTHING = "prompts are files like prompts/NAME.prompt.yml; is this the right folder? Or begin: promptops init"
_MOST_NAMED = 5
_ROUNDS = 5
"""So often --fix looks again: one fix may show what it hid."""
_FILE_ENDINGS = re.compile(r"\.(prompt|eval)\.ya?ml$")


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="[PATH]…", shell_complete=prompts_and_suites)
@click.option("--fix", is_flag=True, help="Apply the safe fixes to the files, then lint again.")
@format_option("text", "json", "github", "gitlab", "sarif")
@click.option("--notes", is_flag=True, help="List the notes too: as text they are only counted otherwise.")
@click.option("--across", is_flag=True, help="Only the rules that need all files together.")
@click.option("--staged", is_flag=True, help="Look at what git would commit, and fail on what this commit answers for.")
@click.option("--project", metavar="FOLDER", help="With --staged: only the project in this folder of the repository.")
@click.option("--rules", is_flag=True, help="List all rules.")
@click.option("--explain", metavar="RULE", help="Show a rule's manual page, with examples.", shell_complete=rules)
@at_option
def command(
    paths: tuple[str, ...],
    fix: bool,
    form: str,
    notes: bool,
    across: bool,
    staged: bool,
    project: str | None,
    rules: bool,
    explain: str | None,
    at: str | None,
) -> None:
    """Say what is wrong with prompts and suites, and what to do.

    PATH is a file, a folder or an identifier; without one, all of the project is looked at, each file by itself and
    all together. Ends with 1 when there are findings; notes are advice and do not count.

    With --staged, the files are those that git would commit: nothing that is untracked or not added counts. It ends
    with 1 for findings in files that the commit changes, and for those that it brings into others.
    """
    if rules or explain is not None:
        from promptops.lint.engine.rule_manual import listing, page

        click.echo(listing() if explain is None else page(explain))
        return
    if fix and at:
        raise click.UsageError("--fix changes files of the work tree; it cannot be used with --at.")
    if across and paths:
        raise click.UsageError("--across looks at all files; leave out the paths.")
    if staged and (fix or at or across):
        raise click.UsageError("--staged looks at git's index; leave out --fix, --at and --across.")
    if project is not None and not staged:
        raise click.UsageError("--project belongs to --staged; elsewhere name the folder: promptops lint FOLDER.")
    # A run builds many objects, hardly any cycles, and ends soon: looking for cycles would cost a tenth of it.
    gc.set_threshold(1_000_000, 50, 50)
    if staged:
        report, home = _lint_staged(paths, project)
    else:
        report, home = _lint_files(paths, at, fix=fix, across=across)
    click.echo(_formatted(report, form, home, notes=notes), color=None)
    if report.failed:
        raise click.exceptions.Exit(1)


def _lint_staged(paths: tuple[str, ...], project: str | None) -> tuple[Report, Path]:
    """The report, and the folder that its paths are seen from."""
    from promptops.workflows.lint.staged import lint_staged

    found = lint_staged(
        current_folder(),
        paths,
        folder=Path(project) if project is not None else None,
        index=os.environ.get("GIT_INDEX_FILE", ""),
        base=os.environ.get("PRE_COMMIT_FROM_REF", ""),
        committing="GIT_INDEX_FILE" in os.environ,  # git says so to the hooks of a commit
    )
    if found.older:
        are = "problem is" if found.older == 1 else "problems are"
        say(f"{found.older} {are} older and in files that this commit leaves alone: promptops lint lists them")
    return found.report, found.shown_from


def _lint_files(paths: tuple[str, ...], at: str | None, *, fix: bool, across: bool) -> tuple[Report, Path]:
    """The report, and the project's folder."""
    home = find_root(current_folder())
    reports = []
    for root, names in _by_project(home, paths).items():
        report = _lint_project(root, names, "across" if across else None, at, fix=fix)
        reports.append(report if root == home else report.below(PurePosixPath(root.relative_to(home).as_posix())))
    report = reports[0] if len(reports) == 1 else Report.together(reports)
    _require_files(report, home, paths, at)
    return report, home


def _by_project(home: Path, paths: Iterable[str]) -> dict[Path, list[str] | None]:
    """The paths by the project they belong to: a folder below this one may have a promptops.yml of its own."""
    found = defaultdict(list)
    root_of = cache(partial(_root_of, home))
    for name in paths:
        path = Path(os.path.abspath(name))
        found[root_of(path if (path / CONFIG_FILE).is_file() else path.parent)].append(name)
    return {**found} or {home: None}


def _root_of(home: Path, folder: Path) -> Path:
    """The project that holds the folder, if it lies in `home`; else `home`."""
    root = find_root(folder) if folder.is_dir() else home
    is_project = (root / CONFIG_FILE).exists() or (root / ".git").exists()  # else it is the folder itself
    return root if is_project and root.is_relative_to(home) else home


def _lint_project(root: Path, names: list[str] | None, scope: Scope | None, at: str | None, *, fix: bool) -> Report:
    project = _project(root, at)
    chosen = (
        [path for name in names for path in _files(project, root, name)]
        if names and not _has_root(root, names)
        else None
    )
    versions = at_commits(root, KINDS)
    report = lint(project, chosen, scope, versions)
    for _ in range(_ROUNDS if fix else 0):
        if not _apply_fixes(root, project, report):
            break
        project = _project(root, at)
        report = lint(project, chosen, scope, versions)
    return report


def _has_root(root: Path, names: Iterable[str]) -> bool:
    """Whether the project's own folder is among the paths: that is all of it, each file by itself and all together."""
    return any(Path(name).resolve() == root for name in names)


def _require_files(report: Report, home: Path, paths: tuple[str, ...], at: str | None) -> None:
    """A run that looked at nothing is no success, unless the settings wanted it so."""
    if any(report.checked.values()) or any(skip.reason == EXCLUDED for skip in report.skipped):
        return
    if not paths and not report.skipped and not report.paths:
        raise SourceError(
            "there is nothing to look at here", where=str(home), hint=_nested_projects_hint(home) or _NOTHING
        )
    missing = [skip for skip in report.skipped if skip.reason != NOT_OURS or not (home / skip.path).is_file()]
    if paths and missing:
        first = missing[0]
        close = _closest_path(_project(home, at), first.path)
        hint = f"did you mean '{close}'?" if close else "check the path"
        is_name = first.reason == NOT_OURS and not (home / first.path).exists()
        reason = "there is no file, prompt or suite of this name" if is_name else first.reason
        raise SourceError(reason, where=str(first.path), hint=f"nothing was looked at; {hint}")


def _closest_path(project: Project, wrong: PurePosixPath) -> str:
    """The file, folder or identifier that is called almost so; endings make no two files alike."""
    files = all_paths(project)
    folders = {parent.as_posix() for file in files for parent in file.parents}
    names = [*project.prompt_names(), *project.suite_paths(), *folders]
    known = {_FILE_ENDINGS.sub("", str(file)): str(file) for file in files} | {name: name for name in names}
    return known.get(closest(_FILE_ENDINGS.sub("", str(wrong)), known), "")


def _nested_projects_hint(home: Path) -> str:
    """The projects in folders of a repository, which its top folder knows nothing of."""
    found = [path.parent.as_posix() for path in Checkout(home).list(f"**/{CONFIG_FILE.name}")]
    if not found:
        return ""
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    from promptops.text.sanitize import shell_word  # 2 ms, for a hint that is seldom given

    first = shell_word(found[0])
    return f"projects lie in {', '.join(found[:_MOST_NAMED])}{more}: name one, such as: promptops lint {first}"


def _project(root: Path, at: str | None) -> Project:
    if at is None:
        return open_project(Checkout(root), KINDS)
    from promptops.source.git.commit import Commit
    from promptops.source.git.repository import Repository

    repository = Repository(root)
    return open_project(Commit(repository, repository.resolve(at), repository.prefix(root)), KINDS)


def _files(project: Project, root: Path, name: str) -> list[PurePosixPath]:
    """The project paths a name means: a file or the files of a folder, from the current folder, or an identifier."""
    full = Path(os.path.abspath(name))
    inside = full.parent.resolve() / full.name
    if not inside.is_relative_to(root):
        raise SourceError("the path is outside the project", where=name, hint=f"the project is {root}")
    path = PurePosixPath(inside.relative_to(root).as_posix())
    kind = kind_of(path)
    if kind == "cases":  # an edited case can be at odds with its suite, whose file did not change
        from promptops.lint.engine.suites_by_case_file import suites_reading

        return [path, *suites_reading(project, path)]
    if kind or project.source.exists(path):
        return [path]
    if files := [file for file in project.source.list(f"{path}/**") if kind_of(file)]:
        return files
    known = {**project.suite_paths(), **project.prompt_paths()}
    return [known[name]] if name in known else [path]


def _apply_fixes(root: Path, project: Project, report: Report) -> bool:
    """Put the fixes into the files that were looked at, and into their YAML cases; whether there were any."""
    from promptops.lint.engine.fixes import apply, replace_file
    from promptops.lint.engine.project_files import kind_of

    fixable = {finding.path for finding in report.findings if finding.fix}
    files = sorted(path for path in fixable if path in report.paths or kind_of(path) is None)
    for path in files:
        old = project.source.read(path)
        fixes = [finding.fix for finding in report.findings if finding.fix and finding.path == path]
        replace_file(root, path, old, apply(old, fixes))
    return bool(files)


def _formatted(report: Report, form: str, root: Path, *, notes: bool) -> str:
    if form == "sarif":
        from importlib.metadata import version

        from promptops.report.lint.sarif import sarif

        return sarif(report, _prefix(root), version("git-promptops"))
    if form == "gitlab":
        from promptops.report.lint.gitlab import code_quality

        return code_quality(report, _prefix(root))
    from promptops.report.lint import findings

    if form == "json":
        return findings.json(report)
    if form == "github":
        return findings.github(report, _prefix(root))
    return findings.text(report, color=sys.stdout.isatty() and "NO_COLOR" not in os.environ, notes=notes)


def _prefix(root: Path) -> str:
    """The project's folder in its repository: annotations name files from there."""
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    return "" if top == root else f"{root.relative_to(top).as_posix()}/"
