"""The versions of one prompt: who made each, what it changed, how it did, where it is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from promptops.model.outcomes.diff import PromptDiff
from promptops.model.results import GateResult


class CriterionRate(NamedTuple):
    """The share of cases that passed, with its 95% interval where there is one, and what the comparison said.

    `groups`: how many groups the n cases are in, where the suite has such; None where each stands alone.
    """

    name: str
    n: int
    rate: float
    low: float | None = None
    high: float | None = None
    verdict: str = ""
    advisory: bool = False
    groups: int | None = None


class Scorecard(NamedTuple):
    """One run of one suite with one model, in the few figures that travel with a commit.

    `cost` is US dollars per 1,000 replies, `latency` the median in seconds; None: not measured. `when` is ISO 8601,
    `run` the address of the run in CI. `left_out` counts criteria there was no room for. `commit` is the commit it was
    noted at: empty for results of this machine. `questions` is what an acceptance is bound to (see `Results`); older
    notes have none. `base_of` is the version that it was compared with as the one before: no gate was checked then; it
    is empty for a version that was evaluated for its own sake.
    """

    suite: str
    prompt: str
    model: str
    full_model: str
    digest: str
    evaluation_digest: str
    suite_digest: str
    criteria: tuple[CriterionRate, ...] = ()
    gates: tuple[GateResult, ...] = ()
    cost: float | None = None
    latency: float | None = None
    when: str = ""
    version: str = ""
    run: str = ""
    stopped: str = ""
    left_out: int = 0
    commit: str = ""
    questions: str = ""
    base_of: str = ""


class CommitSummary(NamedTuple):
    """What a commit tells of itself. `when` is when it came to be, in seconds since 1970.

    `pull_request` is its number, None where it names none; `title` is the pull request's, or the first line of what
    was said. `author` is who wrote the change: for a merge, who wrote the branch.
    """

    author: str
    when: int
    title: str
    pull_request: int | None = None


class ServingEnvironment(NamedTuple):
    """An environment that serves a version to `percent` (0 to 100) of the calls."""

    environment: str
    percent: float


class PromptRename(NamedTuple):
    """The commit (40 hex) that gave a prompt another name, and its pull request's number where it names one."""

    commit: str
    was: str
    now: str
    pull_request: int | None = None


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One version: the commit (40 hex) that brought it to the branch, and all that is known of it.

    `prompt` is what it was called then. `key` tells versions apart; `digest` is the pin digest, None where nobody knows
    the model. `diff` is the change against the version before, None for the first. `renamed`: what renamed the prompt
    since the version before, newest first; for the newest version also what renamed it later.
    """

    commit: str
    prompt: str
    path: str
    key: str
    digest: str | None
    about: CommitSummary
    diff: PromptDiff | None = None
    scorecards: tuple[Scorecard, ...] = ()
    served: tuple[ServingEnvironment, ...] = ()
    renamed: tuple[PromptRename, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """Versions of one prompt, newest first, along the first parents of `head` (40 hex).

    `older` says that there are more versions before the last one. `notes` are for people. `suites` are those that test
    the prompt now; `former_suites`: what one was called when it was evaluated → what it is called now.
    """

    prompt: str
    title: str
    head: str
    revision: str
    versions: tuple[PromptVersion, ...]
    older: bool = False
    notes: tuple[str, ...] = field(default=())
    suites: tuple[str, ...] = ()
    former_suites: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> frozenset[str]:
        """All that the prompt is and was called."""
        renamed = (one.was for row in self.versions for one in row.renamed)
        return frozenset([self.prompt, *(row.prompt for row in self.versions), *renamed])

    def suite_now(self, suite: str) -> str:
        """What a suite is called now."""
        return self.former_suites.get(suite, suite)
