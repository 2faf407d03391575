"""A plan and its outcome become Results: everything a report needs."""

from __future__ import annotations

from collections.abc import Sequence

from promptops.evals.comparison import compare_models
from promptops.evals.gates import check_budget, check_gates
from promptops.evals.plan import Plan
from promptops.evals.runner import Outcome
from promptops.evals.waivers import accepted
from promptops.model.results import (
    Arm,
    CallCounts,
    CaseInfo,
    CriterionInfo,
    GateResult,
    Rendered,
    Results,
    Sample,
)
from promptops.model.suite import Criterion

UNCHECKED_JUDGE = "judge not checked against people yet: advisory, cannot block"
_JUDGED = frozenset({"judge", "llm"})


def make_results(plan: Plan, outcome: Outcome, *, started: str, duration: float, command: str, version: str) -> Results:
    """The run as Results. `started` is ISO 8601 UTC, `duration` seconds on a clock that never jumps."""
    suite, samples, tally = plan.suite, outcome.samples, outcome.tally
    infos = tuple(_info(criterion) for criterion in suite.criteria)
    margins = {g.criterion: g.no_worse_than_base for g in suite.gates if g.no_worse_than_base is not None}
    split = by_model(plan.arms, samples)
    comparisons = compare_models(split, infos, margins)
    gates: list[GateResult] = []
    for comparison in comparisons:
        base, head = split[comparison.model]
        gates.extend(check_gates(suite.gates, infos, comparison.model, base, head, comparison))
        gates.extend(check_budget(suite.budget, comparison))
    gates = accepted(gates, plan.overrides, suite.id, plan.arms, plan.questions)
    known_cost = tally.unknown_cost == 0
    return Results(
        suite=suite.id,
        suite_path=suite.path.as_posix(),
        prompt=suite.prompt,
        title=plan.title,
        suite_digest=plan.suite_digest,
        arms=plan.arms,
        criteria=infos,
        cases=tuple(CaseInfo(c.id, c.fields, c.split, c.tags, plan.sides[c.id]) for c in suite.cases),
        rendered=tuple(
            Rendered(case, side, tuple((m.role, m.content) for m in messages))
            for (case, side), messages in plan.rendered.items()
        ),
        samples=samples,
        comparisons=comparisons,
        gates=tuple(gates),
        calls=CallCounts(
            planned=len(plan.units),
            called=tally.called,
            cached=tally.cached,
            failed=sum(bool(sample.error) for sample in samples),
            retried=tally.retried,
            judgements=outcome.judgements,
        ),
        cost=tally.cost if known_cost else None,
        unknown_cost_calls=tally.unknown_cost,
        trials=max((unit.trial for unit in plan.units), default=0) + 1,
        started=started,
        duration=duration,
        command=command,
        notes=plan.notes,
        stopped=outcome.stopped,
        version=version,
        rules=suite.gates,
        questions=plan.questions,
    )


def _info(criterion: Criterion) -> CriterionInfo:
    judged = criterion.kind in _JUDGED
    reason = UNCHECKED_JUDGE if judged else "marked as advisory" if criterion.advisory else ""
    return CriterionInfo(
        name=criterion.name,
        kind=criterion.kind,
        threshold=criterion.threshold,
        advisory=criterion.advisory or judged,
        advisory_reason=reason,
        question=str(criterion.options.get("question", "")),
    )


def by_model(arms: Sequence[Arm], samples: Sequence[Sample]) -> dict[str, tuple[list[Sample] | None, list[Sample]]]:
    """Model → (base samples, or None without a base; head samples)."""
    models = list(dict.fromkeys(arm.model for arm in arms))
    split: dict[str, tuple[list[Sample] | None, list[Sample]]] = {}
    for model in models:
        sides = {arm.side: index for index, arm in enumerate(arms) if arm.model == model}
        head = [sample for sample in samples if sample.arm == sides.get("head")]
        base = [sample for sample in samples if sample.arm == sides["base"]] if "base" in sides else None
        split[model] = (base, head)
    return split
