"""`promptops github check`: lint and evaluation of a change in one run; what is broken hides nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path, PurePosixPath

from promptops.errors import PromptopsError
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase, PromptChanges
from promptops.report.lint.findings import summary
from promptops.source.git.writer import GitSettings
from promptops.workflows.check.change_reach import needs_a_look
from promptops.workflows.check.evaluate_suites import (
    EvaluatedSuites,
    ProgressCallback,
    defer_suites,
    evaluate_suites,
)
from promptops.workflows.check.lint_change import ChangeReport, lint_change
from promptops.workflows.check.prompt_changes import prompt_changes
from promptops.workflows.environment_review.review import review_environments
from promptops.workflows.eval.prepared_run import EvalChoice
from promptops.workflows.workspace import Workspace


def check(
    workspace: Workspace,
    choice: EvalChoice,
    base: ComparisonBase,
    out: Path,
    *,
    version: str,
    on_lint: Callable[[Report], None],
    watch: ProgressCallback,
    on_failure: Callable[[str], None] = lambda text: None,
    defer: bool = False,
    settings: GitSettings | None = None,
) -> CheckResult:
    """Lint all files, tell `on_lint`, then evaluate what differs from the base (all, where there is none).

    Where nothing of the project differs, nothing is evaluated, and nothing that was broken before is told again.
    `defer`: no model is asked yet; the suites that would be are named.

    `on_failure` is told the first failed call of each model when it happens. `choice.max_cost` is in US dollars and
    holds for all suites together; results go to folders below `out`. `settings` are git's, for fetching what others
    noted of versions that the change pins.
    """
    looked, problems = _lint(workspace, base.commit, choice.untrusted)
    report = looked.report if looked is not None else None
    if report is not None:
        on_lint(report)
    wanted = replace(choice, base=base.commit, changed=base.commit is not None, exact=True)
    touched = looked.touched if looked is not None else None
    reached = touched is None or needs_a_look(touched) or (report is not None and report.failed)
    deferred: tuple[str, ...] = ()
    found = EvaluatedSuites()
    if reached and defer:
        deferred, found = defer_suites(workspace, wanted)
    elif reached:
        found = _evaluate(workspace, wanted, out, version, watch, on_failure, touched)
    reviewed = review_environments(workspace, base, settings, untrusted=choice.untrusted)
    return CheckResult(
        base=base,
        findings=report.findings if report is not None else (),
        looked_at=summary(report) if report is not None else "",
        results=found.results,
        problems=(*problems, *found.problems, *reviewed.problems),
        changes=prompt_changes(workspace, base.commit) if reached else PromptChanges(),
        untrusted=choice.untrusted,
        settings=looked.settings if looked is not None else (),
        inherited=tuple(sorted(report.inherited, key=Finding.sort_key)) if report is not None else (),
        no_baseline=looked.no_baseline if looked is not None else "",
        reached=reached,
        untouched=found.untouched,
        deferred=deferred,
        environments=reviewed.environments,
        mend=looked.mend if looked is not None else (),
    )


def _evaluate(
    workspace: Workspace,
    wanted: EvalChoice,
    out: Path,
    version: str,
    watch: ProgressCallback,
    on_failure: Callable[[str], None],
    touched: Collection[PurePosixPath] | None,
) -> EvaluatedSuites:
    try:
        workspace.ready_state()
    except PromptopsError as exc:
        return EvaluatedSuites((), (CheckProblem("", f"nothing was evaluated: {exc}", exc.hint),))
    return evaluate_suites(workspace, wanted, out, version=version, watch=watch, on_failure=on_failure, touched=touched)


def _lint(
    workspace: Workspace, base: str | None, untrusted: bool
) -> tuple[ChangeReport | None, tuple[CheckProblem, ...]]:
    try:
        return lint_change(workspace, base, untrusted=untrusted), ()
    except PromptopsError as exc:
        return None, (CheckProblem("", f"lint could not look at the files: {exc}", exc.hint),)
