"""Whose words count for a change: labels and acceptances that its base has, or that are known to have been said.

Whoever may push can write a line in an owner's name into `evals/labels/`. A change's own lines count only where
somebody who can know says so: in the check of a pull request that is GitHub, asked for the comment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple, Protocol

from promptops.errors import NoRepositoryError, PromptopsError
from promptops.evals.scoring_inputs import ScoringInputs
from promptops.model.label import Label
from promptops.model.waiver import Waiver
from promptops.source.formats.labels import labels_path, load_labels
from promptops.source.formats.waivers import suite_waivers
from promptops.source.git.repository import Repository
from promptops.source.project import Project
from promptops.text.humanize import plural
from promptops.workflows.workspace import Workspace

_NOBODY = (
    "nobody here can say that they said so; it counts in the pull request where they said it, or once it is merged"
)

# In full, as whoever may push tags can make one that is called like a branch.
_MAIN_BRANCHES = (
    *(f"refs/remotes/origin/{name}" for name in ("HEAD", "main", "master")),
    *(f"refs/heads/{name}" for name in ("main", "master")),
)


class SpokenWords(NamedTuple):
    """What people said of a suite: judgements of replies, and gates that they accepted.

    `refused` says in a sentence each, for people, what does not count, and why.
    """

    labels: tuple[Label, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def each(self) -> list[Label | Waiver]:
        """All of them, one after the other."""
        return [*self.labels, *self.waivers]


class WordsOnRecord(Protocol):
    """Whoever can know what was said."""

    def check(self, suite: str, said: SpokenWords) -> SpokenWords:
        """Those of these words that were said, as they were said, and why the others do not count. Never raises."""


class NobodyKnows:
    """Outside of a pull request's check: no line of the change is confirmed. `why` tells what else is the reason."""

    def __init__(self, why: str = "") -> None:
        self._why = why or _NOBODY

    def check(self, suite: str, said: SpokenWords) -> SpokenWords:
        """Nothing, and why."""
        return SpokenWords(refused=refusals([(each, self._why) for each in said.each]))


class MergedLines:
    """On one's own machine: of the change's lines those count that the main branch has: somebody merged them.

    `main` is the remote's default branch where GitHub says which it is: a checkout in a workflow does not know.
    """

    def __init__(self, workspace: Workspace, main: str = "") -> None:
        self._workspace = workspace
        self._refs = [f"refs/remotes/origin/{main}"] if main else []

    def check(self, suite: str, said: SpokenWords) -> SpokenWords:
        """Those that were merged, and why not the others."""
        labels = self._merged.labels(suite) if self._merged is not None else ()
        waivers = self.waivers(suite)
        fresh = [each for each in said.each if each not in labels and each not in waivers]
        refused = refusals([(each, _NOBODY) for each in fresh])
        return SpokenWords(
            tuple(one for one in said.labels if one in labels),
            tuple(one for one in said.waivers if one in waivers),
            refused,
        )

    def waivers(self, suite: str) -> tuple[Waiver, ...]:
        """What owners accepted of a suite, as far as it was merged."""
        return self._merged.waivers(suite) if self._merged is not None else ()

    @cached_property
    def _merged(self) -> ProjectWords | None:
        """The main branch as it is known here; None where there is none."""
        with suppress(PromptopsError), closing(Repository(self._workspace.root)) as repository:
            for ref in (*self._refs, *_MAIN_BRANCHES, *_only_branch(repository)):
                with suppress(PromptopsError):
                    return ProjectWords(self._workspace.project(repository.resolve(ref)))
        return None


class MergedAlready:
    """On the branch that changes are merged into: whoever merged them has looked at the lines."""

    def check(self, suite: str, said: SpokenWords) -> SpokenWords:
        """All of them."""
        return said


class ProjectWords:
    """What one version of a project has, each file read once. What cannot be read says nothing, so it can be mended."""

    def __init__(self, project: Project) -> None:
        self._source = project.source
        self._folder = project.config.paths.eval_folders[0]
        self._labels: dict[str, tuple[Label, ...]] = {}
        self._waivers: dict[str, tuple[Waiver, ...]] = {}

    def waivers(self, suite: str) -> tuple[Waiver, ...]:
        """What was accepted of one suite."""
        if suite not in self._waivers:
            self._waivers[suite] = ()
            with suppress(PromptopsError):
                self._waivers[suite] = suite_waivers(self._source, self._folder, suite)
        return self._waivers[suite]

    def labels(self, suite: str) -> tuple[Label, ...]:
        """Of one suite."""
        if suite not in self._labels:
            self._labels[suite] = ()
            with suppress(PromptopsError):
                self._labels[suite] = load_labels(self._source, labels_path(self._folder, suite))
        return self._labels[suite]


def confirm(found: SpokenWords, known: SpokenWords, suite: str, record: WordsOnRecord) -> SpokenWords:
    """The words that count for a change that has these: what its base has (`known`), and the new ones on record.

    What the change takes away counts all the same.
    """
    fresh = SpokenWords(
        tuple(label for label in found.labels if label not in known.labels),
        tuple(one for one in found.waivers if one not in known.waivers),
    )
    told = record.check(suite, fresh) if fresh.labels or fresh.waivers else SpokenWords()
    return SpokenWords((*known.labels, *told.labels), (*known.waivers, *told.waivers), told.refused)


def with_confirmed_words(
    scoring: ScoringInputs, base: Project, suite: str, was: str, record: WordsOnRecord
) -> ScoringInputs:
    """A suite's scoring in a change, with the words that count for it. `was` is what the base calls the suite."""
    theirs = ProjectWords(base)
    known = SpokenWords(theirs.labels(was), tuple(one._replace(suite=suite) for one in theirs.waivers(was)))
    counted = confirm(SpokenWords(scoring.labels, scoring.waivers), known, suite, record)
    return replace(scoring, labels=counted.labels, waivers=counted.waivers, unconfirmed=counted.refused)


class WordsHere:
    """What the commit that is evaluated has, and what was merged of it; looked up once for all suites of a command.

    The commit is that of the revision `at` (None: the last one). `main` is the default branch, where it is known which.
    """

    def __init__(self, workspace: Workspace, at: str | None, main: str = "") -> None:
        self._workspace, self._revision = workspace, at or "HEAD"
        self.merged = MergedLines(workspace, main)

    @cached_property
    def committed(self) -> ProjectWords | None:
        """None outside of a repository, and before its first commit."""
        with suppress(NoRepositoryError), closing(Repository(self._workspace.root)) as repository:
            if repository.head() is not None:
                return ProjectWords(self._workspace.project(self._revision))
        return None


def with_merged_words(
    scoring: ScoringInputs, here: WordsHere, suite: str, record: WordsOnRecord | None
) -> ScoringInputs:
    """A suite's scoring where there is no base: what was merged.

    Other lines count where the `record` has them. On one's own machine (None) those also count that no commit has:
    who evaluates wrote them.
    """
    found = SpokenWords(scoring.labels, scoring.waivers)
    if not found.each:
        return scoring
    committed = found
    if record is None:
        if here.committed is None:
            return scoring
        committed = SpokenWords(here.committed.labels(suite), here.committed.waivers(suite))
    merged = here.merged.check(suite, found)
    known = SpokenWords(
        tuple(one for one in found.labels if one in merged.labels or one not in committed.labels),
        tuple(one for one in found.waivers if one in merged.waivers or one not in committed.waivers),
    )
    counted = confirm(found, known, suite, record or NobodyKnows())
    return replace(scoring, labels=counted.labels, waivers=counted.waivers, unconfirmed=counted.refused)


def _only_branch(repository: Repository) -> list[str]:
    """The branch of a repository that has no other, and no remote either: nothing in it is waiting to be merged."""
    if repository.run("remote").out:
        return []
    refs = repository.run("for-each-ref", "--count=2", "--format=%(refname)", "refs/heads", "refs/remotes").out.split()
    return refs if len(refs) == 1 and refs[0].startswith("refs/heads/") else []


def refusals(refused: Sequence[tuple[Label | Waiver, str]]) -> tuple[str, ...]:
    """A sentence for each person, kind of word and reason."""
    return tuple(_sentences(refused))


def _sentences(refused: Sequence[tuple[Label | Waiver, str]]) -> Iterator[str]:
    counts: dict[tuple[str, str], int] = {}
    for each, why in refused:
        if isinstance(each, Label):
            counts[each.who, why] = counts.get((each.who, why), 0) + 1
    for (who, why), count in counts.items():
        verbs = "is not confirmed and does" if count == 1 else "are not confirmed and do"
        yield f"{plural(count, 'label')} of {who or 'nobody'} {verbs} not count: {why}"
    told = dict.fromkeys((one.who, one.criterion, why) for one, why in refused if isinstance(one, Waiver))
    for who, criterion, why in told:
        yield f"that {who} accepted '{criterion}' is not confirmed and does not count: {why}"
