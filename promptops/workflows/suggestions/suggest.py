"""What lint can mend in a change, proposed on its pull request: of this repository's own, and of a fork's.

A fork's run proposes nothing. The half that may write fetches the files that it named, as data, and works out anew what
lint would mend in them, with the settings of the base: no word of what the run left is written beside a line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import PurePosixPath

from promptops.errors import ForgeError, PromptopsError, SourceError
from promptops.evals.registry import KINDS
from promptops.forge.github.client import GitHub
from promptops.forge.github.payloads import PullRequest
from promptops.forge.github.repository_files import RepositoryFiles
from promptops.lint.engine.project_files import kind_of
from promptops.lint.engine.runner import Report, lint
from promptops.model.revision import Revision
from promptops.report.comment.check_json import CheckSummary, LintPlace
from promptops.source.files.globs import matches
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.project import Project
from promptops.source.source import NO_SUCH_FILE
from promptops.workflows.suggestions.fixed_lines import fixed_lines
from promptops.workflows.suggestions.post_suggestions import Suggestions

_MOST_FILES = 10
_UNREAD = frozenset({"P001", "P002", "P004", "P006", "P007", "P008", "P014", "P103"})
"""Rules by which a file, or a text in it, cannot be read: behind what they find others may see nothing."""


def suggest_fixes(github: GitHub, pull: PullRequest, report: Report, folder: str) -> tuple[str, ...]:
    """Propose what the change brings and lint can mend. Returns sentences for the log; never raises."""
    if pull.state != "open":
        return ()
    whole = report.below(PurePosixPath(folder)) if folder else report
    brought = {one for one in whole.findings if one.severity != "note" and one not in whole.inherited}
    suggestions = Suggestions(github, pull.number, pull.head_sha, folder)
    return suggestions.bring_up_to_date(fixed_lines(whole), brought, broken=_broken_files(whole, folder))


def suggest_for_fork(github: GitHub, pull: PullRequest, said: CheckSummary, folder: PurePosixPath) -> tuple[str, ...]:
    """The same for a fork's pull request. Of what its run says only places and rules are used: where to look."""
    place = "" if folder == PurePosixPath() else folder.as_posix()
    suggestions = Suggestions(github, pull.number, pull.head_sha, place)
    try:
        standing = suggestions.standing()
        named = [PurePosixPath(one.path) for one in said.problems]
        ours = [one.path.relative_to(folder) for one in standing if one.path.is_relative_to(folder)]
        report = _lint_files(github, pull, folder, [*ours, *named])
    except PromptopsError as exc:
        return (f"nothing is proposed beside the lines: {exc.with_hint}",)
    if report is None:
        return ()
    told = frozenset(said.problems)
    own = tuple(one for one in report.findings if one.fix is not None and one.severity != "note")
    named_by_run = {one for one in own if LintPlace(one.path.as_posix(), one.span.line, one.code) in told}
    brought = {one._replace(path=folder / one.path) for one in named_by_run}
    known = fixed_lines(report._replace(findings=own).below(folder))
    return suggestions.bring_up_to_date(known, brought, standing, broken=_broken_files(report.below(folder), folder))


def _broken_files(report: Report, folder: str | PurePosixPath) -> Collection[PurePosixPath]:
    """Files that lint could not read to their end; all of them where these are the settings."""
    broken = frozenset(one.path for one in report.findings if one.code in _UNREAD)
    return report.paths if PurePosixPath(folder) / CONFIG_FILE in broken else broken


def _lint_files(
    github: GitHub, pull: PullRequest, folder: PurePosixPath, paths: Iterable[PurePosixPath]
) -> Report | None:
    """Lint of these files of the head, the first ten, each by itself; None where there are none. PromptopsError."""
    wanted = [path for path in dict.fromkeys(paths) if kind_of(path) in ("prompt", "suite", "template")][:_MOST_FILES]
    files: dict[PurePosixPath, bytes] = {}
    for path in wanted:
        with suppress(ForgeError):
            if not path.is_absolute() and (stored := github.read_file(folder / path, pull.head_sha)) is not None:
                files[path] = stored.content
    if not files:
        return None
    config = Project(RepositoryFiles(github, pull.base_sha, folder), KINDS).config
    # Comments in the files take nothing on: they are a stranger's.
    return lint(Project(_Files(files), KINDS, config), paths=list(files), comments_of=lambda path: "")


class _Files:
    """A Source of nothing but these files."""

    def __init__(self, files: Mapping[PurePosixPath, bytes]) -> None:
        self.revision = Revision()
        self._files = files

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes; SourceError when it is none of them."""
        if path not in self._files:
            raise SourceError(NO_SUCH_FILE, where=str(path))
        return self._files[path]

    def exists(self, path: PurePosixPath) -> bool:
        """Whether it is one of them."""
        return path in self._files

    def list(self, glob: str) -> list[PurePosixPath]:
        """Those that fit."""
        return sorted(path for path in self._files if matches(path, glob))
