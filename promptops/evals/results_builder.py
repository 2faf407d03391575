"""A plan and its outcome become Results: everything a report needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from promptops.errors import RenderError
from promptops.evals.analysis_rules import AnalysisRules
from promptops.evals.comparison import compare_models
from promptops.evals.cost_gate import check_budget
from promptops.evals.engine.runner import RunOutcome
from promptops.evals.gates import apply_waivers, check_gates
from promptops.evals.picture_album import PictureAlbum
from promptops.evals.plan import Plan
from promptops.evals.unmeasured import MARKED_ADVISORY, UNCHECKED_JUDGE, with_unmeasured
from promptops.model.results import (
    Arm,
    CallCounts,
    CaseInfo,
    Comparison,
    CriterionInfo,
    GateResult,
    Rendered,
    Results,
    Sample,
)
from promptops.model.suite import Criterion, Gate


def make_results(
    plan: Plan, outcome: RunOutcome, *, started: str, duration: float, command: str, version: str
) -> Results:
    """The run as Results. `started` is ISO 8601 UTC, `duration` seconds on a clock that never jumps."""
    suite, samples, tally = plan.suite, outcome.samples, outcome.tally
    infos = tuple(_info(criterion) for criterion in suite.criteria)
    cases, rendered, pictures = _cases(plan)
    rules = AnalysisRules.of_suite(suite)
    judged = judge_samples(samples, plan.arms, infos, suite.gates, rules)
    split = split_samples(samples, plan.arms)
    gates: list[GateResult] = []
    for one, answers in judged:
        gates += [*answers, *check_budget(suite.budget, one.model, *split[one.model], rules)]
    results = Results(
        suite=suite.id,
        suite_path=suite.path.as_posix(),
        prompt=suite.prompt,
        title=plan.title,
        suite_digest=plan.suite_digest,
        arms=plan.arms,
        criteria=infos,
        cases=cases,
        rendered=rendered,
        samples=samples,
        comparisons=tuple(comparison for comparison, _ in judged),
        gates=tuple(apply_waivers(gates, plan.scoring.waivers, suite.id, plan.arms, plan.questions)),
        calls=CallCounts(
            planned=plan.size,
            called=tally.called,
            cached=tally.cached,
            failed=sum(bool(sample.error) for sample in samples),
            retried=tally.retried,
            judgements=outcome.judgements,
        ),
        cost=None if tally.unknown_cost else tally.cost,
        unknown_cost_calls=tally.unknown_cost,
        budget_spent=tally.budget_spent,
        trials=plan.trials,
        started=started,
        duration=duration,
        command=command,
        notes=(*plan.notes, *outcome.notes),
        stopped=outcome.stopped,
        version=version,
        rules=suite.gates,
        questions=plan.questions,
        max_errors=suite.max_errors,
        ignore_below=suite.budget.ignore_below,
        cluster=suite.cluster,
        owners=plan.prompt.owners,
        prompt_path=plan.prompt.path.as_posix(),
        unconfirmed=plan.scoring.unconfirmed,
        former_prompt=plan.former_prompt,
        former_suite=plan.former_suite,
        edit=plan.edit,
        pictures=pictures,
    )
    return with_unmeasured(results)


def _cases(plan: Plan) -> tuple[tuple[CaseInfo, ...], tuple[Rendered, ...], Mapping[str, str]]:
    """Every case and what a model receives for it on each side, those that a stopped run did not come to as well."""
    cases: list[CaseInfo] = []
    rendered: list[Rendered] = []
    pictures = PictureAlbum()
    for case, messages in plan.rendered:
        fitting = {side: found for side, found in messages.items() if not isinstance(found, RenderError)}
        cases.append(CaseInfo(case.id, case.fields, case.split, case.tags, tuple(fitting), plan.suite.cluster_of(case)))
        for side, found in fitting.items():
            shown = () if case.held_out else pictures.keep(found)
            rendered.append(Rendered(case.id, side, tuple([(one.role, one.readable) for one in found]), shown))
    return tuple(cases), tuple(rendered), pictures.kept


def _info(criterion: Criterion) -> CriterionInfo:
    judged = criterion.kind.asks_model
    reason = MARKED_ADVISORY if criterion.advisory else UNCHECKED_JUDGE if judged else ""
    return CriterionInfo(
        name=criterion.name,
        kind=criterion.kind.name,
        threshold=criterion.threshold,
        advisory=criterion.advisory or judged,
        advisory_reason=reason,
        question=str(criterion.options.get("question", "")),
        tags=criterion.tags,
        negated=criterion.negated,
    )


def judge_samples(
    samples: Sequence[Sample],
    arms: Sequence[Arm],
    criteria: Sequence[CriterionInfo],
    gates: Sequence[Gate],
    rules: AnalysisRules,
) -> list[tuple[Comparison, list[GateResult]]]:
    """Each model's comparison, and the answers of its gates."""
    split = split_samples(samples, arms)
    margins = {gate.criterion: gate.no_worse_than_base for gate in gates if gate.no_worse_than_base is not None}
    comparisons = compare_models(split, criteria, margins, rules)
    return [(one, check_gates(gates, criteria, one.model, *split[one.model], rules)) for one in comparisons]


def split_samples(
    samples: Sequence[Sample], arms: Sequence[Arm]
) -> dict[str, tuple[list[Sample] | None, list[Sample]]]:
    """Model → its samples of the base (None without a base) and of the head."""
    return {model: _by_side(samples, arms, model) for model in dict.fromkeys(arm.model for arm in arms)}


def _by_side(samples: Sequence[Sample], arms: Sequence[Arm], model: str) -> tuple[list[Sample] | None, list[Sample]]:
    """The model's samples of the base (None without a base) and of the head."""
    sides = {arm.side: index for index, arm in enumerate(arms) if arm.model == model}
    head = [sample for sample in samples if sample.arm == sides.get("head")]
    return [sample for sample in samples if sample.arm == sides["base"]] if "base" in sides else None, head
