"""The commit at which a criterion regressed: a search that knows noise.

A version is *bad* when it does worse than the good one, *good* when it does better than the bad one, both beyond noise;
where neither shows, more answers are asked for, a few times, and then another version is tried. All tests of a search,
looks repeated with more answers included, share one chance of 1 in 20 to be wrong (Bonferroni: `MAIN_ALPHA`,
`BRANCH_ALPHA` and `LOOK_SHARES` divide it); testing each step at 5% would often blame somebody who did nothing. Each
test is one-sided: a version as good as the good one can only be blamed for seeming worse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from math import ceil, log2
from typing import NamedTuple

from promptops.errors import EvalError, PromptopsError, SourceError
from promptops.model.outcomes.bisection import Bisection, Outcome, Probe, Standing
from promptops.model.outcomes.diff import PromptDiff
from promptops.model.outcomes.history import CommitSummary
from promptops.model.results import CriterionComparison
from promptops.model.suite import Suite
from promptops.source.git.log import pull_request_titles
from promptops.source.git.repository import Repository
from promptops.text.humanize import plural, rate_words
from promptops.workflows.bisect.bisect_probe import (
    MeasurementStopped,
    OpenProgress,
    UntestableVersion,
    VersionMeasurer,
    more_cases_needed,
    narrow_to_criterion,
)
from promptops.workflows.bisect.commit_range import CommitRange, branch_of, find_commit_range, require_order
from promptops.workflows.history import change
from promptops.workflows.versions.prompt_log import PromptLog, VersionStep
from promptops.workflows.workspace import Workspace

ALPHA = 0.05
MAIN_ALPHA = 0.04
"""The part of it for the branch itself; `BRANCH_ALPHA` is for a merged branch, and half of that for the next one."""
BRANCH_ALPHA = 0.005
LOOK_SHARES = (0.5, 0.25, 0.25)
"""How a test's chance is divided among its looks, each with twice as many answers to each case as the one before."""


@dataclass(frozen=True, slots=True)
class BisectChoice:
    """What to search. `good` and `bad` are revisions; `trials` answers to each case at first; `max_cost` in dollars."""

    suite: str
    criterion: str
    good: str
    bad: str
    trials: int | None = None
    max_cost: float | None = None
    model: str | None = None


def bisect(
    workspace: Workspace,
    choice: BisectChoice,
    *,
    say: Callable[[str], None] = lambda line: None,
    watching: OpenProgress = lambda total: nullcontext(),
) -> Bisection:
    """Search between two revisions; `say` is told of each step. The suite is as the bad revision has it.

    Raises PromptopsError when there is nothing that can be searched: no such criterion, revisions that are the wrong
    way round, a prompt that is not there or cannot be asked at one of the ends.
    """
    repository = Repository(workspace.root)
    try:
        return _Search(workspace, repository, choice, say, watching).run()
    finally:
        repository.close()


class _Ends(NamedTuple):
    good: Probe
    bad: Probe


class _Search:
    def __init__(
        self,
        workspace: Workspace,
        repository: Repository,
        choice: BisectChoice,
        say: Callable[[str], None],
        watching: OpenProgress,
    ) -> None:
        self.repository, self.say = repository, say
        self.log = PromptLog(workspace, repository)
        good, bad = repository.resolve(choice.good), repository.resolve(choice.bad)
        require_order(repository, good, bad)  # before anything is missed that came later
        self.project = self.log.project(bad)
        whole = self._suite(choice.suite, good)
        self.suite = narrow_to_criterion(whole, choice.criterion)
        self.criterion = choice.criterion
        self.name = self.project.prompt_identifier(whole.prompt)
        self.commits: CommitRange = find_commit_range(self.log, self.name, good, bad)
        self.trials = choice.trials or whole.trials
        self.measurer = VersionMeasurer(
            workspace,
            self.project,
            self.suite,
            self.commits.good,
            self.log.project,
            model=choice.model,
            max_cost=choice.max_cost,
            watching=watching,
        )
        self.tested: list[Probe] = []
        self.notes: list[str] = [*self.commits.notes]
        self._about: dict[str, CommitSummary] = {}
        self.alpha = 0.0

    def _suite(self, name: str, good: str) -> Suite:
        """The suite as the bad revision has it."""
        try:
            return self.project.suite(name)
        except SourceError as exc:
            with suppress(PromptopsError):
                self.log.project(good).suite(name)
                exc.hint = f"the good revision {good[:7]} has it: were the two swapped, or was it renamed? {exc.hint}"
            raise

    def run(self) -> Bisection:
        """The whole search."""
        good, steps = self.commits.good, self.commits.steps
        bad = steps[-1] if steps else good
        self.ends = _Ends(self._probe_result(good, "good"), self._probe_result(bad, "bad"))
        if not steps:
            return self._result("nothing changed")
        self.say(f"{plural(len(steps), 'version')} of {self.name} to search; first the two ends")
        try:
            found, trials, differs = self._compare_ends(good, bad)
            good_end = self._probe_result(good, "good", trials)._replace(rate=found.base)
            self.ends = _Ends(good_end, self._probe_result(bad, "bad", trials, found))
            if found.missing and (not differs or (found.change or 0.0) > 0):  # what is missing may hide a drop
                return replace(self._result("stopped"), stopped=f"not measured: {found.missing}")
            if not differs:
                needed = more_cases_needed(found, ALPHA * LOOK_SHARES[0])
                return replace(self._result("no difference"), needed=needed)
            if (found.change or 0.0) > 0:
                return self._result("reversed")
            return self._halve([good, *steps], bad, self.ends, MAIN_ALPHA)
        except UntestableVersion as exc:
            raise EvalError(f"one of the two ends cannot be tested: {exc}", hint="choose another revision") from exc
        except MeasurementStopped as exc:
            return replace(self._result("stopped"), stopped=str(exc))

    def _compare_ends(self, good: VersionStep, bad: VersionStep) -> tuple[CriterionComparison, int, bool]:
        """The two ends, over how many answers each, and whether they differ beyond noise."""
        for trials, share in self._looks(good, bad):
            found = self.measurer.compare(good, bad, trials)
            self.say(f"  good {rate_words(found.base)}, bad {rate_words(found.head)}, {_answers_each(trials)}")
            if not found.paired:
                raise UntestableVersion("no case was answered for both")
            differs = found.p_value is not None and found.p_value < ALPHA * share
            if differs:
                break
        return found, trials, differs

    def _looks(self, *steps: VersionStep) -> Iterator[tuple[int, float]]:
        """How many answers to ask for, and the share of the test's chance, until more answers tell nothing new."""
        for look, share in enumerate(LOOK_SHARES):
            yield (trials := self.trials * 2**look), share
            if self.measurer.is_steady(steps, trials):
                return

    def _halve(
        self, steps: Sequence[VersionStep], bad: VersionStep, ends: _Ends, alpha: float, merge: str = ""
    ) -> Bisection:
        """Halve the versions, of which the first is good and the last is bad, until two are left that follow on.

        `alpha`: the chance to be wrong that is left for it. `merge`: the commit that brought these versions.
        """
        # As many as the search needs, and one more in case that a version cannot be tested.
        probes = ceil(log2(max(2, len(steps) - 1))) + 1
        self.alpha = alpha / probes
        low, high, stopped = 0, len(steps) - 1, ""
        known: dict[int, Probe] = {low: ends.good, high: ends.bad}
        try:
            while (middle := _next_to_probe(low, high, known)) is not None:
                known[middle] = self._probe(steps[middle], bad)
                if known[middle].standing == "good":
                    low = middle
                elif known[middle].standing == "bad":
                    high = middle
        except MeasurementStopped as exc:
            stopped = str(exc)
        outcome: Outcome = "stopped" if stopped else "cannot tell" if high - low > 1 else "found"
        if outcome == "found" and (branch := branch_of(self.log, steps[high])):
            brought = steps[high].commit
            self.say(f"  {brought[:7]} merged a branch: on into its {plural(len(branch), 'version')}")
            new = _Ends(known[low], known[high]._replace(commit=branch[-1].commit, about=self._summary(branch[-1])))
            left = BRANCH_ALPHA if alpha == MAIN_ALPHA else alpha / 2
            return self._halve([steps[low], *branch], bad, new, left, brought)
        return replace(
            self._result(outcome),
            last_good=known[low],
            first_bad=known[high],
            between=high - low - 1,
            diff=self._diff(steps[low], steps[high], is_found=outcome == "found"),
            merge=merge,
            stopped=stopped,
        )

    def _probe(self, step: VersionStep, bad: VersionStep) -> Probe:
        """How a version stands, with as many looks as it takes."""
        number = len(self.tested) + 1
        self.say(f"{number}: {step.commit[:7]} {self._summary(step).title[:60]}")
        result = self._probe_result(step, "not tested")
        try:
            for trials, share in self._looks(self.commits.good, step, bad):
                worse = self.measurer.compare(self.commits.good, step, trials)
                better = self.measurer.compare(step, bad, trials)
                standing = self._standing(worse, better, self.alpha * share)
                result = self._probe_result(step, standing, trials, worse)
                self.say(f"  {rate_words(worse.head)}, {_answers_each(trials)}: {standing}")
                if standing != "cannot tell":
                    break
        except UntestableVersion as exc:
            result = self._probe_result(step, "not tested")._replace(problem=str(exc))
            self.say(f"  cannot be tested: {exc}")
        self.tested.append(result)
        return result

    def _standing(self, worse: CriterionComparison, better: CriterionComparison, alpha: float) -> Standing:
        """`worse` compares the good version with this one, `better` this one with the bad one."""
        is_bad, is_good = _has_dropped(worse, alpha), _has_dropped(better, alpha)
        if is_bad and is_good:
            note = "it fell in more than one step; what is told is the first"
            if note not in self.notes:
                self.notes.append(note)
        return "bad" if is_bad else "good" if is_good else "cannot tell"

    def _diff(self, low: VersionStep, high: VersionStep, *, is_found: bool) -> PromptDiff | None:
        suites = [self.project.suite(self.suite.id)]
        try:
            diff = change(low, high, suites)
        except PromptopsError as exc:
            self.notes.append(f"what changed cannot be shown: {exc}")
            return None
        if is_found and all(one.commit != high.commit for one in high.renamed):
            return replace(diff, was="", was_path="")  # another commit, of the same version, renamed it
        return diff

    def _result(self, outcome: Outcome) -> Bisection:
        return Bisection(
            self.suite.id,
            self.criterion,
            self.name,
            self.measurer.model,
            outcome,
            *self.ends,
            versions=len(self.commits.steps),
            tested=tuple(self.tested),
            cost=self.measurer.spent,
            notes=(*self.notes, *filter(None, [self.measurer.failed])),
        )

    def _probe_result(
        self, step: VersionStep, standing: Standing, trials: int = 0, found: CriterionComparison | None = None
    ) -> Probe:
        result = Probe(step.commit, self._summary(step), standing, trials=trials)
        return result if found is None else result._replace(rate=found.head, change=found.change, p_value=found.p_value)

    def _summary(self, step: VersionStep) -> CommitSummary:
        if step.commit not in self._about:
            self._about |= pull_request_titles(self.repository, [step.commit])
        return self._about[step.commit]


def _next_to_probe(low: int, high: int, known: dict[int, Probe]) -> int | None:
    """The version nearest to the middle that was not tried yet; None where none is left between the two."""
    left = [number for number in range(low + 1, high) if number not in known]
    return min(left, key=lambda number: abs(2 * number - low - high)) if left else None


def _has_dropped(found: CriterionComparison, alpha: float) -> bool:
    """Whether the share went down, by a one-sided test."""
    return found.p_value is not None and found.p_value / 2 < alpha and (found.change or 0.0) < 0


def _answers_each(trials: int) -> str:
    return f"{plural(trials, 'answer')} a case"
