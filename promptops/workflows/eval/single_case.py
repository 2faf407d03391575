"""One case of one suite asked and scored, as while a prompt is being written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from promptops.errors import EvalError
from promptops.model.results import Results
from promptops.workflows.eval.evaluate import EvalChoice, execute, prepare
from promptops.workflows.project import Workspace


def run_case(workspace: Workspace, suite: str, case: str, max_cost: float | None = None) -> Results:
    """The reply of the suite's first model and its scores; replies come from the cache and go there, as in any run.

    Raises PromptopsError for what keeps it from being asked; a call that fails is in the results.
    """
    (prepared,) = prepare(workspace, EvalChoice((suite,), trials=1, max_cost=max_cost))
    plan = prepared.plan.narrowed(case)
    if not plan.suite.cases:
        raise EvalError(f"the suite '{suite}' has no case '{case}' any more")
    with TemporaryDirectory(prefix="promptops-") as folder:  # the cache keeps the reply, nobody reads the journal
        return execute(workspace, replace(prepared, plan=plan), Path(folder), command="promptops watch --eval")
