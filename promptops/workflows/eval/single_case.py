"""One case of one suite asked and scored, as while a prompt is being written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from promptops.errors import EvalError
from promptops.model.results import Results
from promptops.workflows.eval.evaluate import EvalChoice, Prepared, execute, prepare
from promptops.workflows.project import Workspace


def ask_case(workspace: Workspace, suite: str, case: str, max_cost: float | None = None) -> Results:
    """The reply of the suite's first model and its scores; replies come from the cache and go there, as in any run.

    Raises PromptopsError for what keeps it from being asked; a call that fails is in the results.
    """
    (prepared,) = prepare(workspace, EvalChoice((suite,), trials=1, max_cost=max_cost))
    with TemporaryDirectory(prefix="promptops-") as folder:  # the cache keeps the reply, nobody reads the journal
        return execute(workspace, _narrowed(prepared, case), Path(folder), command="promptops watch --eval")


def _narrowed(prepared: Prepared, case: str) -> Prepared:
    plan = prepared.plan
    units = tuple(unit for unit in plan.units if unit.case.id == case and unit.arm == 0)
    if not units:
        raise EvalError(f"the suite '{plan.suite.id}' has no case '{case}' any more")
    suite = replace(plan.suite, cases=tuple(one for one in plan.suite.cases if one.id == case), gates=())
    rendered = {key: messages for key, messages in plan.rendered.items() if key[0] == case}
    return replace(prepared, plan=replace(plan, suite=suite, arms=plan.arms[:1], units=units, rendered=rendered))
