"""The results that a comment on a pull request speaks of: those of its version as it is now.

What labels and acceptances add to the branch changes nothing that was evaluated, and no check runs for such a commit;
so results of an earlier commit count as long as nothing but those came after it. What lies outside the project's folder
is no part of it: other projects of the repository have labels, too.

A workflow can make up results, and a commit that only held one for an hour is looked at by nobody. So the results of a
commit count whose workflows are those of the pull request now, where a review sees them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache, partial
from itertools import islice
from pathlib import PurePosixPath

from promptops.errors import EvalError
from promptops.forge.artifact import MAX_ZIP, RESULTS_ARTIFACT, unpack_results
from promptops.forge.github.client import GitHub
from promptops.forge.github.payloads import Artifact, PullRequest, WorkflowRun
from promptops.model.config import Config
from promptops.model.results import Results
from promptops.report.comment.shown_head import named_by
from promptops.source.formats.waivers import waivers_folder, waivers_path
from promptops.workflows.comment_commands.projects import read_results

_WORKFLOWS = PurePosixPath(".github/workflows")
_MOST_RUNS = 40
_MOST_VERSIONS = 5


class CheckRuns:
    """What the checks of a pull request left behind.

    `folder` is the project's, `records` those of its labels and acceptances, `artifact` what its results are called.
    """

    def __init__(
        self,
        github: GitHub,
        pull: PullRequest,
        folder: PurePosixPath,
        records: Collection[PurePosixPath],
        artifact: str = RESULTS_ARTIFACT,
    ) -> None:
        self._github, self._pull, self._folder, self._records = github, pull, folder, records
        self._artifact = artifact
        self._known: list[WorkflowRun] | None = None
        self._loaded: dict[int, tuple[Results, ...]] = {}
        self._workflows = cache(partial(github.folder_ids, _WORKFLOWS))

    def results(self, until: str = "") -> tuple[Results, ...]:
        """The results of the newest check of what the pull request holds, or held at the time `until` (ISO 8601, UTC).

        Raises EvalError when there are none, or they cannot be read; ForgeError when GitHub cannot be asked.
        """
        head = self._pull.head_sha
        if until:  # the checks know what was newest then: when a commit was made, its author may say at will
            head = next((run.head_sha for run in self.runs() if run.created <= until), "")
            if head and not self._has_these_workflows(head):
                why = (
                    "the pull request had other workflows when this was said, and those could have made up the results"
                )
                raise EvalError(why, hint="say it once more")
        for run in self._runs_of(head, until):
            for artifact in self._github.artifacts(run.id):
                if artifact.name == self._artifact and not artifact.expired:
                    return self._load(artifact, run.head_sha)
        if until:
            raise EvalError("the results that this was said of are no longer there", hint="say it once more")
        raise EvalError(
            f"there are no results for {self._pull.head_sha[:7]}, the newest commit here: the check is still "
            "running, failed, or its results have expired",
            hint="write this once more when the comment with the results is there, or run the check again first",
        )

    def require_current(self) -> None:
        """Raises EvalError where the pull request holds something else by now; ForgeError."""
        now, then = self._github.pull_request(self._pull.number).head_sha, self._pull.head_sha
        if now != then and not self._only_records(then, now):
            raise EvalError(f"{now[:7]} is the newest commit by now, and has a check of its own")

    def _load(self, artifact: Artifact, head: str) -> tuple[Results, ...]:
        """Fetched once, and shown by the commit that the run was for: its trial merge is known to nobody."""
        if artifact.id not in self._loaded:
            found = read_results(unpack_results(self._github.download(artifact, MAX_ZIP)))
            self._loaded[artifact.id] = tuple(named_by(found, head))
        return self._loaded[artifact.id]

    def runs(self) -> list[WorkflowRun]:
        """Those for this branch, newest first; one of the same name in a fork is another branch."""
        if self._known is None:
            ours = self._github.repository.casefold()
            found = islice(self._github.runs_for_branch(self._pull.head_ref), _MOST_RUNS)
            self._known = [run for run in found if run.head_repository.casefold() == ours]
        return self._known

    def _runs_of(self, head: str, until: str) -> Iterator[WorkflowRun]:
        """Those for the same content as this commit, begun by then."""
        current: dict[str, bool] = {}
        for run in self.runs():
            if until and run.created > until:
                continue
            if run.head_sha not in current:
                if len(current) == _MOST_VERSIONS:
                    return
                same = run.head_sha == head or self._only_records(run.head_sha, head)
                current[run.head_sha] = same and self._has_these_workflows(run.head_sha)
            if current[run.head_sha]:
                yield run

    def _has_these_workflows(self, commit: str) -> bool:
        now = self._pull.head_sha
        return commit == now or self._workflows(commit) == self._workflows(now)

    def _only_records(self, since: str, head: str) -> bool:
        changed = self._github.changed_files(since, head)
        ours = [path for path in map(PurePosixPath, changed or ()) if path.is_relative_to(self._folder)]
        return changed is not None and all(any(map(path.is_relative_to, self._records)) for path in ours)


def record_folders(config: Config, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
    """Where labels and acceptances lie, from the repository's top; `folder` is the project's place."""
    evals = config.paths.eval_folders[0]
    return folder / waivers_path(evals).parent, folder / waivers_folder(evals)
