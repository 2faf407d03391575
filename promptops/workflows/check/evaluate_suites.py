"""Evaluating all that a change reaches: a suite that is broken, or whose model does not answer, hides no other."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.evals.engine.endpoint_health import EndpointHealth
from promptops.evals.engine.runner import RunProgress
from promptops.model.outcomes.check import CheckProblem
from promptops.model.results import Results
from promptops.model.suite import folder_name
from promptops.providers.endpoint import key_hint
from promptops.providers.registry import missing_key
from promptops.text.humanize import in_short, unmeasured_reasons
from promptops.workflows.check.change_reach import touches_suite
from promptops.workflows.eval.evaluate import execute
from promptops.workflows.eval.prepare import prepare_each
from promptops.workflows.eval.prepared_run import EvalChoice, PreparedRun
from promptops.workflows.eval.save_results import save_results
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
    health = EndpointHealth()
    results: list[Results] = []
    total, done, spent = sum(one.plan.size for one in plans), 0, 0.0
    if total:
        watch(0, total)
    for one in plans:
        suite, before = one.plan.suite.id, done
        total = sum(each.plan.size for each in plans)  # of a case that fits one side only, the other is not asked

        def tell(progress: RunProgress, before: int = before, total: int = total) -> None:
            if progress.failure:
                on_failure(progress.failure)
            watch(before + progress.done, total)

        folder, command = out / folder_name(suite), _command(suite, choice)
        try:
            limited = one.within(choice.max_cost, spent)
            found = execute(workspace, limited, folder, command=command, version=version, watch=tell, health=health)
            if found.is_worth_keeping:
                save_results(workspace, folder, found)
                results.append(found)
        except PromptopsError as exc:
            problems.append(_problem(workspace, suite, exc))
        else:
            spent += found.budget_spent
            if found.stopped:
                problems.append(_stopped(workspace, one, found.stopped))
            elif found.unmeasured:  # no answer must never look like a pass
                problems.append(
                    CheckProblem(suite, in_short(unmeasured_reasons(found.unmeasured, len(found.comparisons))))
                )
        done += one.plan.size
    return EvaluatedSuites(tuple(results), tuple(problems), tuple(untouched))


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
