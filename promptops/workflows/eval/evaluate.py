"""Carrying out a run that was prepared: from its plan to results."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from promptops.errors import EvalError
from promptops.evals.engine.runner import ProgressListener
from promptops.evals.engine.spending_limit import SpendingLimit
from promptops.model.results import Results
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice, PreparedRun
from promptops.workflows.eval.suite_session import SuiteRun, SuiteSession
from promptops.workflows.workspace import Workspace


def execute(
    workspace: Workspace,
    prepared: PreparedRun,
    out: Path,
    *,
    resume: bool = False,
    command: str = "",
    version: str = "",
    watch: ProgressListener | None = None,
) -> Results:
    """Carry one plan out. The journal in `out` is written as it goes; with `resume` it is gone on with.

    Replies that runs before wrote down and did not bring into the cache come there first. Several suites side by side:
    see promptops.workflows.eval.run_suites.
    """
    most, suite = prepared.max_cost, SuiteRun(prepared, out, resume, command)
    budgets = () if most is None else (SpendingLimit(most, prepared.spent_before),)

    async def alone() -> Results:
        async with SuiteSession(workspace, version) as session:
            return await session.evaluate(suite, budgets, watch)

    return asyncio.run(alone())


def run_case(workspace: Workspace, suite: str, case: str, max_cost: float | None = None) -> Results:
    """One case alone, as while a prompt is written: the reply of the suite's first model and its scores.

    Raises PromptopsError for what keeps it from being asked; a call that fails is in the results.
    """
    (prepared,) = prepare(workspace, EvalChoice((suite,), trials=1, max_cost=max_cost))
    plan = prepared.plan.narrowed(case)
    if not plan.suite.cases:
        raise EvalError(f"the suite '{suite}' has no case '{case}' any more")
    with TemporaryDirectory(prefix="promptops-") as folder:  # the cache keeps the reply, nobody reads the journal
        return execute(workspace, replace(prepared, plan=plan), Path(folder), command="promptops watch --eval")
