"""Base against head for one model: what may be said about every criterion, cost and latency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from promptops.evals.analysis_rules import NO_RULES, AnalysisRules
from promptops.evals.measures import TESTED, compare_measures
from promptops.evals.missing_answers import asked, too_many_missing, unanswered
from promptops.evals.overall import weigh_changes
from promptops.evals.paired_values import (
    ByCase,
    average_by_case,
    has_averages,
    paired_cases,
    pass_value,
    unit_values,
)
from promptops.model.budget import IgnoreBelow
from promptops.model.results import (
    Comparison,
    CriterionComparison,
    CriterionInfo,
    MeasureComparison,
    RateSummary,
    Sample,
    Verdict,
)
from promptops.statistics.comparison import difference, paired_changes, rate
from promptops.statistics.corrections import holm, weighted_holm
from promptops.statistics.decisions import drop_decision, more_for_drop

ALPHA = 0.05
DEFAULT_MARGIN = 0.10
CRITERIA_WEIGHT, MEASURE_WEIGHT = 0.8, 0.1
"""Shares of the chance of one false claim: of all criteria together, of cost and of latency.

Cost and latency are measured so finely that a little is enough for them, and the criteria keep their power.
"""


def compare_models(
    samples: Mapping[str, tuple[Sequence[Sample] | None, Sequence[Sample]]],
    criteria: Sequence[CriterionInfo],
    margins: Mapping[str, float],
    rules: AnalysisRules = NO_RULES,
) -> tuple[Comparison, ...]:
    """One Comparison a model. `samples`: model → (base samples or None, head samples)."""
    return tuple(compare_model(model, base, head, criteria, margins, rules) for model, (base, head) in samples.items())


def compare_model(
    model: str,
    base: Sequence[Sample] | None,
    head: Sequence[Sample],
    criteria: Sequence[CriterionInfo],
    margins: Mapping[str, float],
    rules: AnalysisRules = NO_RULES,
) -> Comparison:
    """What may be said about one model; its criteria, cost and latency are one family of tests."""
    drafts = [compare_criterion(info, base, head, margins.get(info.name), rules) for info in criteria]
    found, measures = judge_family(drafts, criteria, compare_measures(base, head, rules.clusters), rules.ignore_below)
    overall, pareto = weigh_changes(found, criteria, measures, has_base=base is not None)
    return Comparison(model, found, measures, overall, pareto)


def compare_criterion(
    info: CriterionInfo,
    base: Sequence[Sample] | None,
    head: Sequence[Sample],
    margin: float | None,
    rules: AnalysisRules = NO_RULES,
) -> CriterionComparison:
    """Rates and the paired difference of one criterion, not yet corrected for the number of criteria.

    Before and after are rates of the same cases: those that both sides answered.
    """
    answer = pass_value(info.name)
    after = average_by_case(head, answer)
    before = average_by_case(base, answer) if base is not None else {}
    cases = paired_cases(before, after)
    both = [*(base or ()), *head]
    scores = [sample.scores[info.name] for sample in both if info.name in sample.scores]
    margin = DEFAULT_MARGIN if margin is None else margin
    draft = CriterionComparison(
        criterion=info.name,
        base=None,
        head=_summary(after, after, rules),
        paired=len(cases),
        margin=margin,
        errors=sum(score.status == "error" for score in scores),
        waiting=sum(score.status == "waiting" for score in scores),
    )
    if not cases:
        return draft
    old, new = (unit_values(values, cases, rules.clusters) for values in (before, after))
    found = difference(old, new)
    before_missing, after_missing = unanswered(info, base or (), rules), unanswered(info, head, rules)
    missing = too_many_missing(before_missing, after_missing, asked(info, both, rules), rules.max_errors)
    verdict, needed = _unproven_verdict(old, new, margin, missing, averaged=has_averages(both, rules))
    return replace(
        draft,
        base=_summary(before, cases, rules),
        head=_summary(after, cases, rules),
        alone=draft.head if len(after) > len(cases) else None,
        groups=found.n if rules.clusters else None,
        left_out=len({*before, *after, *(case for case, _ in before_missing | after_missing)}) - len(cases),
        missing=missing,
        change=found.estimate,
        low=found.interval.low if found.interval else None,
        high=found.interval.high if found.interval else None,
        p_value=found.p_value,
        verdict=verdict,
        needed=needed,
        improved=tuple(case for case in cases if after[case] > before[case]),
        regressed=tuple(case for case in cases if after[case] < before[case]),
    )


def _unproven_verdict(
    old: Sequence[float], new: Sequence[float], margin: float, missing: str, *, averaged: bool
) -> tuple[Verdict, int | None]:
    """What holds while no difference is proven, and how many more cases or clusters would rule out a drop."""
    if missing:
        return "cannot tell", None
    if drop_decision(old, new, margin, averaged=averaged).status == "passed":
        return "no worse", None
    is_same = not any(paired_changes(old, new))
    return "unchanged" if is_same else "cannot tell", more_for_drop(old, new, margin, averaged=averaged)


def _summary(values: ByCase, cases: Sequence[str] | ByCase, rules: AnalysisRules) -> RateSummary | None:
    if not cases:
        return None
    units = unit_values(values, cases, rules.clusters)
    found = rate(units)
    groups = len(units) if rules.clusters else None
    return RateSummary(len(cases), found.mean, found.interval.low, found.interval.high, groups)


def judge_family(
    drafts: Sequence[CriterionComparison],
    criteria: Sequence[CriterionInfo],
    measures: Sequence[MeasureComparison],
    ignore_below: IgnoreBelow,
) -> tuple[tuple[CriterionComparison, ...], tuple[MeasureComparison, ...]]:
    """Criteria and measures with their verdicts, corrected together by Holm's weighted procedure.

    The criteria that count share 4 of 5 points, cost and latency have half a point each; whatever cannot be tested
    keeps its points, so nobody's claim grows bolder for it. Advisory criteria are a family of their own.
    """
    counted = [place for place, info in enumerate(criteria) if not info.advisory]
    tested = [place for place, one in enumerate(measures) if one.name in TESTED]
    p_values = [drafts[place].p_value for place in counted] or [None]
    weights = [CRITERIA_WEIGHT / len(p_values)] * len(p_values)
    p_values += [measures[place].p_value for place in tested]
    adjusted = weighted_holm(p_values, weights + [MEASURE_WEIGHT] * len(tested))
    advisory = [place for place, info in enumerate(criteria) if info.advisory and drafts[place].p_value is not None]
    apart = holm([drafts[place].p_value or 0.0 for place in advisory])
    of_criteria = dict(zip(counted, adjusted, strict=False)) | dict(zip(advisory, apart, strict=True))
    of_measures = dict(zip(tested, adjusted[-len(tested) :] if tested else (), strict=True))
    return (
        tuple(_with_verdict(replace(one, p_adjusted=of_criteria.get(n))) for n, one in enumerate(drafts)),
        tuple(
            _with_direction(replace(one, p_adjusted=of_measures.get(n)), ignore_below) for n, one in enumerate(measures)
        ),
    )


def _with_verdict(draft: CriterionComparison) -> CriterionComparison:
    """The verdict, once the correction for several tests is known; no good one where too many answers are missing."""
    if draft.p_value is None or draft.change is None:
        return draft
    up = draft.change > 0
    if up and draft.missing:
        return draft
    if draft.p_adjusted is not None and draft.p_adjusted < ALPHA:
        return replace(draft, verdict="better" if up else "worse", needed=None)
    if draft.p_value < ALPHA:
        return replace(draft, verdict="probably better" if up else "probably worse", needed=None)
    return draft


def _with_direction(draft: MeasureComparison, ignore_below: IgnoreBelow) -> MeasureComparison:
    """The verdict on cost or latency: a proven difference that is too small to matter is called so."""
    if draft.p_adjusted is None or draft.p_adjusted >= ALPHA or draft.ratio is None:
        return draft
    least = ignore_below.cost if draft.name == "cost" else ignore_below.latency
    if draft.base is not None and draft.head is not None and (draft.head - draft.base) * (draft.ratio - 1) < 0:
        return draft  # most replies went one way, and the figure that is shown the other: the bill, say, by one of them
    if round(abs(draft.ratio - 1), 9) < least:
        return replace(draft, verdict="negligible")
    return replace(draft, verdict="lower" if draft.ratio < 1 else "higher")
