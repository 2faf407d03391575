"""What owners really said on a pull request: its comments, read again, about the results that they were about.

A line in `evals/labels/` counts where the same comment would be recorded in the same words now: it is there, by that
person, who is an owner, unedited, and about these very replies and versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.evals.rescore import asks_people, rescore
from promptops.forge.artifact import RESULTS_ARTIFACT
from promptops.forge.comment_commands import AcceptCommand, LabelCommand, parse_commands
from promptops.forge.github.client import GitHub
from promptops.forge.github.payloads import IssueComment, PullRequest
from promptops.model.label import Label
from promptops.model.results import Results
from promptops.model.waiver import Waiver
from promptops.source.project import Project
from promptops.workflows.comment_commands.check_runs import CheckRuns, record_folders
from promptops.workflows.comment_commands.entries import CommentAuthor, make_label, make_waivers
from promptops.workflows.comment_commands.meaning import find_meaning
from promptops.workflows.comment_commands.permissions import SpeakingRights
from promptops.workflows.comment_commands.targets import AcceptTarget, LabelTarget, Refusal
from promptops.workflows.eval.confirmed_words import ProjectWords, SpokenWords, refusals

_NO_COMMENT = "there is no such comment on this pull request"
_EDITED = "the comment was edited later: it must be said in a new one"
_OTHERWISE = "the comment does not say this, or not of these replies and versions"
ResultsAt = Callable[[str], Sequence[Results]]
"""The results that people saw at a time (ISO 8601, UTC). Raises PromptopsError."""


class _Unsaid(Exception):
    """Why a line does not count."""


class _Spoken(NamedTuple):
    """A comment's author, and what it says of which suite, or `why` it says nothing."""

    author: str
    said: tuple[tuple[str, Label | Waiver], ...] = ()
    why: str = ""


class CommentRecord:
    """The comments of one pull request, and `base`, the words that need none. GitHub is asked once, and only if needed.

    `projects` are where owners are listed, the pull request's base first; `folder` is the project's place in the
    repository. `results` tells what was there to speak of; by default what the checks left.
    """

    def __init__(
        self,
        github: GitHub,
        pull: PullRequest,
        folder: PurePosixPath,
        projects: Sequence[Project],
        *,
        artifact: str = RESULTS_ARTIFACT,
        results: ResultsAt | None = None,
    ) -> None:
        self._github, self._pull = github, pull
        self._rights = SpeakingRights(github, pull, projects)
        self.base = ProjectWords(projects[0])
        records = record_folders(projects[0].config, folder)
        self._results = results or CheckRuns(github, pull, folder, records, artifact).results
        self._counted: dict[str, SpokenWords] = {}
        self._spoken_at: dict[str, _Spoken] | None = None

    def check(self, suite: str, said: SpokenWords) -> SpokenWords:
        """Those of these words that stand in comments, with the comment's own time."""
        labels: list[Label] = []
        waivers: list[Waiver] = []
        refused: list[tuple[Label | Waiver, str]] = []
        for each in said.each:
            try:
                spoken = self._spoken(suite, each)
            except _Unsaid as exc:
                refused.append((each, str(exc)))
                continue
            if isinstance(spoken, Label):
                labels.append(spoken)
            else:
                waivers.append(spoken)
        return SpokenWords(tuple(dict.fromkeys(labels)), tuple(dict.fromkeys(waivers)), refusals(refused))

    def _spoken(self, suite: str, each: Label | Waiver) -> Label | Waiver:
        try:
            comment = self._comments().get(each.url)
        except PromptopsError as exc:
            raise _Unsaid(f"GitHub cannot be asked for the comment: {exc.with_hint}") from exc
        if comment is None:
            raise _Unsaid(_NO_COMMENT)
        if f"@{comment.author}" != each.who:
            raise _Unsaid(f"that comment is by @{comment.author}")
        found = (one for of, one in comment.said if of == suite and _untimed(one) == _untimed(each))
        if (spoken := next(found, None)) is None:
            raise _Unsaid(comment.why or _OTHERWISE)
        return spoken

    def _comments(self) -> dict[str, _Spoken]:
        """By address, oldest first: an acceptance is about the gates as the labels before it left them."""
        if self._spoken_at is None:
            self._spoken_at = {one.url: self._read(one) for one in self._github.comments(self._pull.number)}
        return self._spoken_at

    def _read(self, comment: IssueComment) -> _Spoken:
        if comment.updated != comment.created:
            return _Spoken(comment.author, why=_EDITED)
        commands = parse_commands(comment.body).found
        if not any(isinstance(one, LabelCommand | AcceptCommand) for one in commands):
            return _Spoken(comment.author)
        said: list[tuple[str, Label | Waiver]] = []
        why = ""
        for kind in (LabelCommand, AcceptCommand):
            try:
                runs = [self._as_it_stood(run) for run in self._results(comment.created)]
            except PromptopsError as exc:
                return _Spoken(comment.author, why=exc.with_hint)
            for command in commands:
                if isinstance(command, kind):
                    try:
                        said += self._entries(command, runs, comment)
                    except Refusal as exc:
                        why = str(exc)
            self._count(said)
        return _Spoken(comment.author, tuple(said), why)

    def _entries(
        self, command: LabelCommand | AcceptCommand, runs: Sequence[Results], comment: IssueComment
    ) -> Iterator[tuple[str, Label | Waiver]]:
        speaker = CommentAuthor(comment.author, self._pull.number, comment.url, comment.created)
        command, target, _ = find_meaning(command, runs)
        self._rights.require(comment.author, command, target.results)
        suite = target.results.suite
        if isinstance(command, LabelCommand):
            assert isinstance(target, LabelTarget)
            yield suite, make_label(command, target, speaker)
        else:
            assert isinstance(target, AcceptTarget)
            yield from ((suite, waiver) for waiver in make_waivers(command, target, speaker))

    def _as_it_stood(self, run: Results) -> Results:
        if run.suite not in self._counted:
            self._counted[run.suite] = self.words_of_base(run)
        words = self._counted[run.suite]
        return rescore(run, words.labels, words.waivers)

    def words_of_base(self, run: Results) -> SpokenWords:
        """What the base has of the suite, whatever it is called there."""
        was = run.former_suite or run.suite
        labels = self.base.labels(was) if any(map(asks_people, run.criteria)) else ()  # else a request is spared
        return SpokenWords(labels, tuple(one._replace(suite=run.suite) for one in self.base.waivers(was)))

    def _count(self, said: Sequence[tuple[str, Label | Waiver]]) -> None:
        for suite, each in said:
            words = self._counted[suite]  # there since its results were looked at
            if isinstance(each, Label) and each not in words.labels:
                self._counted[suite] = words._replace(labels=(*words.labels, each))
            elif isinstance(each, Waiver) and each not in words.waivers:
                self._counted[suite] = words._replace(waivers=(*words.waivers, each))


def _untimed(each: Label | Waiver) -> Label | Waiver:
    """A line's own time is not believed, the comment's is."""
    return replace(each, when="") if isinstance(each, Label) else each._replace(when="")
