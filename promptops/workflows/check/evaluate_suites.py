"""Evaluating all that a change reaches: a suite that is broken, or whose model does not answer, hides no other."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.evals.engine.runner import RunProgress
from promptops.model.outcomes.check import CheckProblem
from promptops.model.results import Results
from promptops.model.suite import folder_name
from promptops.providers.endpoint import key_hint
from promptops.providers.registry import missing_key
from promptops.text.humanize import in_short, unmeasured_reasons
from promptops.workflows.check.change_reach import touches_suite
from promptops.workflows.eval.prepare import prepare_each
from promptops.workflows.eval.prepared_run import EvalChoice, PreparedRun
from promptops.workflows.eval.run_suites import run_suites
from promptops.workflows.eval.save_results import remember_as_latest, write_results
from promptops.workflows.eval.suite_session import SuiteRun
from promptops.workflows.workspace import Workspace

ProgressCallback = Callable[[int, int], None]
"""How many replies are there, of how many."""


class EvaluatedSuites(NamedTuple):
    """What was evaluated, in the suites' order, and what was not; `untouched` is no fault of the change."""

    results: tuple[Results, ...] = ()
    problems: tuple[CheckProblem, ...] = ()
    untouched: tuple[CheckProblem, ...] = ()


def evaluate_suites(
    workspace: Workspace,
    choice: EvalChoice,
    out: Path,
    *,
    version: str,
    watch: ProgressCallback,
    on_failure: Callable[[str], None] = lambda text: None,
    touched: Collection[PurePosixPath] | None = None,
) -> EvaluatedSuites:
    """Every chosen suite, its results.json and report.html in a folder of its own below `out`.

    `on_failure` is told the first failed call of each model when it happens. `touched` are the files of a change: a
    suite that cannot be evaluated fails it only where one of them is part of it (None: always).
    """
    plans, problems = _planned(workspace, choice)
    problems, untouched = _by_touch(workspace, problems, touched)
    results: list[Results] = []
    if total := sum(one.plan.size for one in plans):
        watch(0, total)

    def listen(progress: RunProgress) -> None:
        if progress.failure:
            on_failure(progress.failure)
        watch(progress.done, progress.total)

    def finish(suite: SuiteRun, found: Results) -> Results:
        if found.is_worth_keeping:
            write_results(workspace, suite.folder, found)
        return found

    def tell(suite: SuiteRun, ended: Results | PromptopsError) -> None:
        if isinstance(ended, PromptopsError):
            problems.append(_problem(workspace, suite.prepared.plan.suite.id, ended))
            return
        if ended.is_worth_keeping:
            remember_as_latest(workspace, suite.folder)
            results.append(ended)
        problems.extend(_what_lacks(workspace, suite.prepared, ended))

    suites = [_suite_run(out, one, choice) for one in plans]
    plans.clear()
    run_suites(workspace, suites, finish=finish, tell=tell, max_cost=choice.max_cost, version=version, watch=listen)
    return EvaluatedSuites(tuple(results), tuple(problems), tuple(untouched))


def _suite_run(out: Path, prepared: PreparedRun, choice: EvalChoice) -> SuiteRun:
    suite = prepared.plan.suite.id
    return SuiteRun(prepared, out / folder_name(suite), command=_command(suite, choice))


def _what_lacks(workspace: Workspace, prepared: PreparedRun, found: Results) -> list[CheckProblem]:
    """What was not measured: no answer must never look like a pass."""
    if found.stopped:
        return [_stopped(workspace, prepared, found.stopped)]
    if not found.unmeasured:
        return []
    reasons = unmeasured_reasons(found.unmeasured, len(found.comparisons))
    return [CheckProblem(found.suite, in_short(reasons))]


def _by_touch(
    workspace: Workspace, problems: list[CheckProblem], touched: Collection[PurePosixPath] | None
) -> tuple[list[CheckProblem], list[CheckProblem]]:
    """The problems that a change with these files has to do with, and the others."""
    names = {one.suite for one in problems} - {""}
    if touched is None or not names:
        return problems, []
    project = workspace.project()
    concerned = {"", *(name for name in names if touches_suite(project, name, touched))}
    return [one for one in problems if one.suite in concerned], [one for one in problems if one.suite not in concerned]


def defer_suites(workspace: Workspace, choice: EvalChoice) -> tuple[tuple[str, ...], EvaluatedSuites]:
    """The suites that would be evaluated now, and what cannot be; no model is asked."""
    plans, problems = _planned(workspace, choice)
    waiting = tuple(one.plan.suite.id for one in plans if not one.unchanged)
    return waiting, EvaluatedSuites((), tuple(problems))


def _planned(workspace: Workspace, choice: EvalChoice) -> tuple[list[PreparedRun], list[CheckProblem]]:
    plans: list[PreparedRun] = []
    problems: list[CheckProblem] = []
    try:
        if not choice.suites and not workspace.project().all_suites():
            return [], []  # who has no suite yet did nothing wrong
        for name, one in prepare_each(workspace, choice):
            if isinstance(one, PromptopsError):
                problems.append(_problem(workspace, name, one))
            else:
                plans.append(one)
    except PromptopsError as exc:
        problems.append(_problem(workspace, "", exc))
    return plans, problems


def _stopped(workspace: Workspace, prepared: PreparedRun, why: str) -> CheckProblem:
    """Why a run ended early; a key that is missing is told with what to do about it."""
    missing = (missing_key(target.spec, workspace.secrets) for target in prepared.plan.targets.values())
    key = next((name for name in missing if name and name in why), "")
    return CheckProblem(prepared.plan.suite.id, f"the run stopped: {why}", key_hint(key) if key else "", key)


def _problem(workspace: Workspace, suite: str, exc: PromptopsError) -> CheckProblem:
    return CheckProblem(suite, workspace.mask(str(exc)), workspace.mask(exc.hint))


def _command(suite: str, choice: EvalChoice) -> str:
    """What does the same on one's own machine."""
    return shlex.join(["promptops", "eval", suite, *(["--base", choice.base[:12]] if choice.base else [])])
