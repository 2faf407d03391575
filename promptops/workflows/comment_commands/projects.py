"""The projects of one repository: every comment reaches each one's job, and one of them answers.

What a command names belongs to the project whose results have it. What nobody's results have is answered by the first
project, by name, of those whose checks left something on the pull request; each job sees the same and decides alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import islice
from pathlib import PurePosixPath

from promptops.errors import EvalError, PromptopsError
from promptops.forge.artifact import (
    MAX_ZIP,
    RESULTS_ARTIFACT,
    RESULTS_SUFFIX,
    check_artifact_name,
    unpack_check,
    unpack_results,
)
from promptops.forge.comment_commands import CommentCommand, InvalidCommand
from promptops.forge.github.client import GitHub
from promptops.forge.github.payloads import Artifact, PullRequest, WorkflowRun
from promptops.model.results import Results
from promptops.report.comment.check_json import load_check
from promptops.store.results_file import parse_results
from promptops.workflows.comment_commands.meaning import find_meaning
from promptops.workflows.comment_commands.refusal import Refusal, UnknownName
from promptops.workflows.init.github import name_prefix
from promptops.workflows.init.names import FOLDER

_MOST_LISTED, _MOST_RUNS = 40, 10
_MOST_PROJECTS = 9
_COMMENT_FILE = "prompts-comment.yml"
_SAID_SUFFIX = check_artifact_name(RESULTS_SUFFIX)


class RepositoryProjects:
    """What the checks of one pull request left, by the name of each project's results.

    `folder` is this project's, `artifact` what its results are called; `branch` is the default branch. Nothing here
    raises for what GitHub does: then this project answers itself.
    """

    def __init__(
        self,
        github: GitHub,
        pull: PullRequest,
        folder: PurePosixPath,
        artifact: str = RESULTS_ARTIFACT,
        branch: str = "",
    ) -> None:
        self._github, self._pull, self._folder = github, pull, folder
        self._artifact, self._branch = artifact, branch
        self._listed: dict[int, list[Artifact]] = {}

    def leaves(self, command: CommentCommand) -> bool:
        """Whether another project's job answers a command that this one cannot carry out."""
        if self.is_of_another(command):
            return True
        return not self._is_of_this(command) and not self.answers_for_all

    def is_of_another(self, command: CommentCommand) -> bool:
        """Whether the command speaks of what another project has."""
        return any(_concerns(command, runs) for name, runs in self._results.items() if name != self._artifact)

    def _is_of_this(self, command: CommentCommand) -> bool:
        """Whether it speaks of what this project has, or had when it was checked last."""
        return _concerns(command, self._results.get(self._artifact, ()))

    @cached_property
    def answers_for_all(self) -> bool:
        """Whether this project says what is no single project's: a line that nobody understands, a refusal of all."""
        if self._present:
            return min(self._present) == self._artifact
        with suppress(PromptopsError):
            mine = f"{name_prefix('' if self._folder == PurePosixPath() else self._folder.as_posix())}{_COMMENT_FILE}"
            names = self._github.folder_ids(PurePosixPath(FOLDER), self._branch)
            ours = [name for name in names if name == _COMMENT_FILE or name.endswith(f"-{_COMMENT_FILE}")]
            return mine not in ours or min(ours) == mine
        return True

    @cached_property
    def _present(self) -> set[str]:
        """The projects whose checks left something that only a check leaves."""
        found = {name for name, runs in self._results.items() if runs}
        for name, artifact in self._newest(_SAID_SUFFIX):
            results = f"{name.removesuffix(_SAID_SUFFIX)}{RESULTS_SUFFIX}"
            if results not in found:
                with suppress(PromptopsError):
                    load_check(unpack_check(self._github.download(artifact, MAX_ZIP)))
                    found.add(results)
        return found

    @cached_property
    def _results(self) -> dict[str, tuple[Results, ...]]:
        """The newest results of each, fetched at the first use; those that cannot be read are left out."""
        found = {}
        for name, artifact in self._newest(RESULTS_SUFFIX):
            with suppress(PromptopsError):
                found[name] = read_results(unpack_results(self._github.download(artifact, MAX_ZIP)))
        return found

    def _newest(self, suffix: str) -> list[tuple[str, Artifact]]:
        found: dict[str, Artifact] = {}
        with suppress(PromptopsError):
            for artifact in self._artifacts():
                fits = artifact.name.endswith(suffix) and not artifact.expired and artifact.size <= MAX_ZIP
                if fits and len(found) < _MOST_PROJECTS:
                    found.setdefault(artifact.name, artifact)
        return [*found.items()]

    def _artifacts(self) -> Iterator[Artifact]:
        for run in islice(self._runs, _MOST_RUNS):
            if run.id not in self._listed:
                self._listed[run.id] = self._github.artifacts(run.id)
            yield from self._listed[run.id]

    @cached_property
    def _runs(self) -> list[WorkflowRun]:
        """The checks of the branch, newest first; a fork's leave nothing that is believed."""
        ours = self._github.repository.casefold()
        found = islice(self._github.runs_for_branch(self._pull.head_ref), _MOST_LISTED)
        return [run for run in found if run.head_repository.casefold() == ours]


def read_results(files: dict[str, bytes]) -> tuple[Results, ...]:
    """All results that can be read; EvalError where none can."""
    found, trouble = [], EvalError("the check left no results behind")
    for name in sorted(files):
        try:
            found.append(parse_results(files[name]))
        except PromptopsError as exc:
            trouble = EvalError(f"the check's results cannot be read: {exc}", hint=exc.hint)
    if not found:
        raise trouble
    return tuple(found)


def _concerns(command: CommentCommand, runs: Sequence[Results]) -> bool:
    """Whether these results have what the command names, or the suite that it names, whatever may be done with it."""
    if isinstance(command, InvalidCommand) or not runs:
        return False
    try:
        find_meaning(command, runs)
    except UnknownName:
        known = {name.casefold() for run in runs for name in (run.suite, run.suite_path) if name}
        return any(one.suite.casefold() in known for one in (command, *command.others) if one.suite)
    except Refusal:
        pass  # it is there, and may not be changed in this way
    return True
