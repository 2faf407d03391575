"""A rule that must hold (under `gates`) is for a criterion that the suite does not have.

A rule under a misspelt name would watch nothing, so the suite is refused until the name is right. Most often the
criterion was renamed among the evaluators, and not here.

Bad:   gates: {names the ownr: {atLeast: 0.75}}
Good:  gates: {names the owner: {atLeast: 0.75}}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P410"
PREFILTER = Prefilter(("suite",), reported=True)


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such rule, at its name."""
    problem, node, gates = target.build_problem, target.node, target.get("gates")
    if problem is None or problem.code != CODE or node is None or gates is None:
        return
    from promptops.source.formats.criteria import make_criteria
    from promptops.source.formats.suites import unknown_gates

    names = {criterion.name for criterion in make_criteria(node.list("evaluators"), target.path, target.project.kinds)}
    for span, message, hint in unknown_gates(gates, names):
        yield Finding(target.path, span, CODE, message, hint)
