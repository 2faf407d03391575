"""Base against head for one model: what may be said about every criterion, cost, latency and tokens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from statistics import median
from typing import Literal

from promptops.model.results import (
    Comparison,
    CriterionComparison,
    CriterionInfo,
    MeasureComparison,
    Overall,
    RateSummary,
    Sample,
    Verdict,
)
from promptops.statistics.comparison import difference, difference_bound, log_ratio, rate
from promptops.statistics.corrections import holm
from promptops.statistics.power import cases_for_drop

ALPHA = 0.05
DEFAULT_MARGIN = 0.10
LEAST_DISCORDANT = 0.05
"""Where no case changed, power is worked out as if this share might: zero would promise too much."""

ByCase = Mapping[str, float]
"""Case id → the average over the case's trials: trials never pose as cases."""

MeasureName = Literal["cost", "latency", "output tokens", "input tokens"]


def average_by_case(samples: Iterable[Sample], value: Callable[[Sample], float | None]) -> ByCase:
    """Average each case's values; samples without one (errors, waiting, unknown) count for nothing."""
    found: dict[str, list[float]] = defaultdict(list)
    for sample in samples:
        number = value(sample)
        if number is not None:
            found[sample.case].append(number)
    return {case: sum(numbers) / len(numbers) for case, numbers in found.items()}


def pass_value(criterion: str) -> Callable[[Sample], float | None]:
    """1 or 0 where the criterion was answered."""

    def value(sample: Sample) -> float | None:
        score = sample.scores.get(criterion)
        return None if score is None or score.passed is None else float(score.passed)

    return value


def pair_cases(base: ByCase, head: ByCase) -> tuple[list[str], list[float], list[float]]:
    """The cases both sides have, and their values in the same order."""
    cases = [case for case in base if case in head]
    return cases, [base[case] for case in cases], [head[case] for case in cases]


def compare_models(
    samples: Mapping[str, tuple[Sequence[Sample] | None, Sequence[Sample]]],
    criteria: Sequence[CriterionInfo],
    margins: Mapping[str, float],
) -> tuple[Comparison, ...]:
    """One Comparison a model. `samples`: model → (base samples or None, head samples).

    Holm's correction spans all models' non-advisory criteria: that is how many chances there were to be lucky.
    Advisory criteria are a family of their own.
    """
    drafts = {
        model: [compare_criterion(info, base, head, margins.get(info.name)) for info in criteria]
        for model, (base, head) in samples.items()
    }
    for advisory in (False, True):
        places = [
            (model, index)
            for model, draft in drafts.items()
            for index, info in enumerate(criteria)
            if info.advisory is advisory and draft[index].p_value is not None
        ]
        adjusted = holm([drafts[model][index].p_value or 0.0 for model, index in places])
        for (model, index), p_adjusted in zip(places, adjusted, strict=True):
            drafts[model][index] = replace(drafts[model][index], p_adjusted=p_adjusted)
    comparisons = []
    for model, (base, head) in samples.items():
        final = tuple(_with_verdict(draft) for draft in drafts[model])
        measures = compare_measures(base, head)
        overall, pareto = weigh_changes(final, criteria, measures, has_base=base is not None)
        comparisons.append(Comparison(model, final, measures, overall, pareto))
    return tuple(comparisons)


def compare_criterion(
    info: CriterionInfo, base: Sequence[Sample] | None, head: Sequence[Sample], margin: float | None
) -> CriterionComparison:
    """Rates and the paired difference of one criterion, not yet corrected for the number of criteria."""
    answer = pass_value(info.name)
    after = average_by_case(head, answer)
    before = average_by_case(base, answer) if base is not None else {}
    cases, old, new = pair_cases(before, after)
    scores = [s.scores[info.name] for s in [*(base or ()), *head] if info.name in s.scores]
    margin = DEFAULT_MARGIN if margin is None else margin
    draft = CriterionComparison(
        criterion=info.name,
        base=_summary(before) if base is not None else None,
        head=_summary(after),
        paired=len(cases),
        margin=margin,
        errors=sum(score.status == "error" for score in scores),
        waiting=sum(score.status == "waiting" for score in scores),
    )
    if not cases:
        return draft
    found = difference(old, new)
    worst = difference_bound(old, new, "lower")
    discordant = max((found.better + found.worse) / found.n, LEAST_DISCORDANT)
    total = cases_for_drop(margin, discordant) if margin > 0 else None
    not_worse = worst is not None and worst > -margin
    verdict: Verdict = "no worse" if not_worse else "unchanged" if found.better + found.worse == 0 else "cannot tell"
    return replace(
        draft,
        change=found.estimate,
        low=found.interval.low if found.interval else None,
        high=found.interval.high if found.interval else None,
        p_value=found.p_value,
        verdict=verdict,
        needed=max(1, ceil(total - found.n)) if total is not None and not not_worse else None,
        improved=tuple(case for case, a, b in zip(cases, old, new, strict=True) if b > a),
        regressed=tuple(case for case, a, b in zip(cases, old, new, strict=True) if b < a),
    )


def _summary(values: ByCase) -> RateSummary | None:
    if not values:
        return None
    found = rate(list(values.values()))
    interval = found.interval
    return RateSummary(found.n, found.mean, interval.low if interval else None, interval.high if interval else None)


def _with_verdict(draft: CriterionComparison) -> CriterionComparison:
    """The verdict, once the correction for several criteria is known."""
    if draft.p_value is None or draft.change is None:
        return draft
    up = draft.change > 0
    if draft.p_adjusted is not None and draft.p_adjusted < ALPHA:
        return replace(draft, verdict="better" if up else "worse", needed=None)
    if draft.p_value < ALPHA:
        return replace(draft, verdict="probably better" if up else "probably worse", needed=None)
    return draft


def compare_measures(base: Sequence[Sample] | None, head: Sequence[Sample]) -> tuple[MeasureComparison, ...]:
    """Cost per 1,000 replies (mean), latency (median, only where both sides were called in this run), tokens (mean)."""
    return tuple(_measure(name, base, head) for name in ("cost", "latency", "output tokens", "input tokens"))


def _measure(name: MeasureName, base: Sequence[Sample] | None, head: Sequence[Sample]) -> MeasureComparison:
    def value(sample: Sample) -> float | None:
        if sample.error:
            return None
        if name == "cost":
            return sample.cost
        if name == "latency":
            return None if sample.cached else sample.latency
        tokens = sample.output_tokens if name == "output tokens" else sample.input_tokens
        return None if tokens is None else float(tokens)

    unit = {"cost": "usd per 1000", "latency": "seconds"}.get(name, "tokens")
    after = average_by_case(head, value)
    if base is None:
        return MeasureComparison(name, unit, None, _average(name, list(after.values())))
    cases, old, new = pair_cases(average_by_case(base, value), after)
    result = MeasureComparison(name, unit, _average(name, old), _average(name, new), len(cases))
    ratio = log_ratio(old, new) if cases else None
    if ratio is None:
        return result
    known = ratio.p_value is not None and ratio.p_value < ALPHA
    direction: Literal["lower", "higher"] = "lower" if ratio.ratio < 1 else "higher"
    return replace(
        result,
        ratio=ratio.ratio,
        low=ratio.interval.low if ratio.interval else None,
        high=ratio.interval.high if ratio.interval else None,
        p_value=ratio.p_value,
        verdict=direction if known else "cannot tell",
    )


def _average(name: MeasureName, values: Sequence[float]) -> float | None:
    if not values:
        return None
    return median(values) if name == "latency" else sum(values) / len(values) * (1000 if name == "cost" else 1)


def weigh_changes(
    criteria: Sequence[CriterionComparison],
    infos: Sequence[CriterionInfo],
    measures: Sequence[MeasureComparison],
    *,
    has_base: bool,
) -> tuple[Overall, str]:
    """Pareto: better somewhere and worse nowhere is better; both is a trade-off. Advisory criteria do not weigh."""
    if not has_base:
        return "first run", ""
    weighing = [c for c, info in zip(criteria, infos, strict=True) if not info.advisory]
    gains = [f"better on '{c.criterion}'" for c in weighing if c.verdict == "better"]
    losses = [f"worse on '{c.criterion}'" for c in weighing if c.verdict == "worse"]
    words = {"cost": ("cheaper", "dearer"), "latency": ("faster", "slower")}
    for measure in measures:
        if measure.name in words and measure.ratio is not None and measure.verdict in ("lower", "higher"):
            lower = measure.verdict == "lower"
            share = abs(measure.ratio - 1)
            word = words[measure.name][0 if lower else 1]
            (gains if lower else losses).append(f"{word} by {share:.0%}")
    sentence = ", ".join([*gains, *losses])
    if gains and losses:
        return "trade-off", sentence
    if gains:
        return "better", sentence
    return ("worse", sentence) if losses else ("no difference shown", "")
