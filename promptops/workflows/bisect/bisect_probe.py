"""Versions of a prompt measured against one another with one criterion of a suite: paired, each reply asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from math import ceil

from promptops.errors import EvalError, PromptopsError
from promptops.evals.analysis_rules import AnalysisRules
from promptops.evals.arms import ModelTarget, PromptAtRevision
from promptops.evals.comparison import compare_criterion
from promptops.evals.engine.runner import ProgressListener
from promptops.evals.paired_values import average_by_case, pass_value
from promptops.evals.plan import make_plan
from promptops.model.results import CriterionComparison, CriterionInfo, Results, Sample, Side
from promptops.model.revision import Revision
from promptops.model.suite import Suite
from promptops.providers.cassette import RECORDED, CassetteProvider
from promptops.source.project import Project
from promptops.statistics.bootstrap import LEAST_FOR_BOOTSTRAP
from promptops.statistics.power import cases_for_difference
from promptops.text.humanize import plural
from promptops.text.suggestions import did_you_mean
from promptops.workflows.eval.evaluate import execute
from promptops.workflows.eval.model_targets import base_cassette, base_target, head_cassette, target_of
from promptops.workflows.eval.prepared_run import PreparedRun
from promptops.workflows.eval.run_lock import locked_folder
from promptops.workflows.eval.scoring_inputs import read_scoring
from promptops.workflows.versions.prompt_log import VersionStep
from promptops.workflows.workspace import Workspace

OpenProgress = Callable[[int], AbstractContextManager[ProgressListener | None]]
"""Given the number of replies, shows how far a run is."""

_FOLDER = "bisect"


class MeasurementStopped(Exception):
    """The run stopped, and so would every further one."""


class UntestableVersion(Exception):
    """This version cannot be asked, or answered nothing."""


def narrow_to_criterion(suite: Suite, name: str) -> Suite:
    """The suite with this criterion alone, and the cases it looks at. EvalError when it has none of this name."""
    criterion = next((one for one in suite.criteria if one.name == name), None)
    if criterion is None:
        hint = did_you_mean(name, [one.name for one in suite.criteria])
        raise EvalError(f"the suite has no criterion '{name}'", where=str(suite.path), hint=hint)
    if criterion.kind.asks_people:
        hint = "choose a criterion that code or a judge answers"
        raise EvalError(f"'{name}' is answered by people, who cannot be asked again", where=str(suite.path), hint=hint)
    cases = tuple(case for case in suite.cases if criterion.covers(case))
    return replace(suite, criteria=(criterion,), cases=cases, gates=())


def more_cases_needed(found: CriterionComparison, alpha: float) -> int | None:
    """About how many more cases (groups, where those count) would show such a difference, if it is real, in 4 of 5."""
    if not found.change or not found.paired:
        return None
    changed = max(abs(found.change), len(found.improved + found.regressed) / found.paired)
    needed = cases_for_difference(found.change, min(changed, 1.0), alpha=alpha)
    if needed is None:
        return None
    units = found.paired if found.groups is None else found.groups
    more = needed + ceil(1.5 / abs(found.change)) - units  # what the exact test needs above the approximation
    if found.p_value is None:  # so few averages cannot be tested
        more = max(more, LEAST_FOR_BOOTSTRAP - units)
    return more if more > 0 else None


class VersionMeasurer:
    """Measures versions with `suite` (of one criterion) as `project` has it.

    `model`: ask this one instead of the one each version names. `spent` is in US dollars, None once a cost is not
    known; `failed` says in words how many calls failed. Every version is asked beside `good`, case by case, so that a
    slow or strange hour hits both.
    """

    def __init__(
        self,
        workspace: Workspace,
        project: Project,
        suite: Suite,
        good: VersionStep,
        at: Callable[[str], Project],
        *,
        model: str | None = None,
        max_cost: float | None = None,
        watching: OpenProgress = lambda total: nullcontext(),
    ) -> None:
        self._workspace, self._project, self._suite, self._good = workspace, project, suite, good
        self._at, self._max_cost, self._watching = at, max_cost, watching
        self._model = model or next(iter(suite.models), None)
        self._scoring = read_scoring(workspace, project, suite)
        self._cassette, _ = head_cassette(workspace, project, suite, record=False)
        self._target = target_of(workspace, project, self._model or project.prompt(suite.prompt).model, self._cassette)
        self._samples: dict[tuple[str, int], tuple[Sample, ...]] = {}
        self._rules = AnalysisRules.of_suite(suite)
        criterion = suite.criteria[0]
        self._info = CriterionInfo(criterion.name, criterion.kind.name, criterion.threshold, tags=criterion.tags)
        self.spent: float | None = 0.0
        self._budget_spent = 0.0

    @property
    def model(self) -> str:
        """What is asked, as it is called in the newest version."""
        return self._target.spec.alias

    @property
    def failed(self) -> str:
        """How many of all replies could not be had; empty where all came."""
        most = dict(sorted(self._samples))  # fewer answers are part of more
        count = sum(bool(sample.error) for each in most.items() for sample in self._samples[each])
        return f"{plural(count, 'reply', 'replies')} failed and count{'s' * (count == 1)} for nothing" if count else ""

    def compare(self, base: VersionStep, head: VersionStep, trials: int) -> CriterionComparison:
        """The criterion of two versions, paired by case, over so many answers to each case.

        Untestable where one of them gives none; Exhausted when the run has to end.
        """
        return compare_criterion(
            self._info, self._samples_of(base, trials), self._samples_of(head, trials), None, self._rules
        )

    def is_steady(self, steps: Iterable[VersionStep], trials: int) -> bool:
        """Whether each case was answered alike every time, so that more answers would tell nothing new."""
        if trials == 1:
            return False
        answer = pass_value(self._info.name)
        shares = (average_by_case(self._samples_of(step, trials), answer).values() for step in steps)
        return all(share in (0, 1) for found in shares for share in found)

    def _samples_of(self, step: VersionStep, trials: int) -> tuple[Sample, ...]:
        key = step.version.key, trials
        if key not in self._samples:
            self._run(step, trials)
        return self._samples[key]

    def _run(self, step: VersionStep, trials: int) -> None:
        steps: dict[Side, VersionStep] = {"base": self._good, "head": step}
        if step.version.key == self._good.version.key:
            del steps["base"]
        versions = {
            side: PromptAtRevision(side, one.version.closure, Revision(one.commit)) for side, one in steps.items()
        }
        asked = {side: self._target_at(one) for side, one in steps.items()}
        replies = {RECORDED + cassette.digest: cassette for _, cassette in asked.values() if cassette is not None}
        try:
            plan = make_plan(
                self._suite,
                versions["head"],
                versions.get("base"),
                [asked["head"][0]],
                self._scoring,
                base_models=[asked.get("base", asked["head"])[0]],
                trials=trials,
            )
        except EvalError as exc:
            raise UntestableVersion(str(exc)) from exc
        # Where another model is asked, two versions may be the same to it; they are measured all the same.
        results = self._execute(PreparedRun(plan, replies, None, None, suite_changed=True))
        for number, arm in enumerate(results.arms):
            samples = tuple(sample for sample in results.samples if sample.arm == number)
            self._samples[steps[arm.side].version.key, trials] = samples
            errors = [sample.error for sample in samples if sample.error]
            if errors and len(errors) == len(samples):
                raise UntestableVersion(f"every call failed: {errors[0]}")

    def _execute(self, prepared: PreparedRun) -> Results:
        folders = self._workspace.ready_state() / _FOLDER
        limited = prepared.within(self._budget, self._budget_spent)
        with locked_folder(folders) as folder, self._watching(prepared.plan.size) as watch:
            results = execute(self._workspace, limited, folder, watch=watch)
        self._budget_spent += results.budget_spent
        if results.cost is None or self.spent is None:
            self.spent = None
        else:
            self.spent += results.cost
        if results.stopped:
            raise MeasurementStopped(results.stopped)
        return results

    @property
    def _budget(self) -> float | None:
        limits = (self._max_cost, self._suite.budget.max_cost, self._project.config.budget.max_cost)
        return next((one for one in limits if one is not None), None)

    def _target_at(self, step: VersionStep) -> tuple[ModelTarget, CassetteProvider | None]:
        """The model this version means, and its recorded replies where the suite has some."""
        try:
            project = self._at(step.commit)
        except PromptopsError:  # its settings are broken, or not those of a project
            return self._target, self._cassette
        cassette = base_cassette(project, self._suite, self._cassette)
        name = self._model or step.version.prompt.model
        return base_target(self._workspace, project, name, self._target, cassette), cassette
