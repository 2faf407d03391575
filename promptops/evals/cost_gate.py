"""`maxCostIncrease`: whether a change keeps within what its calls may cost more."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from promptops.evals.analysis_rules import NO_RULES, AnalysisRules
from promptops.evals.comparison import ALPHA
from promptops.evals.gates import CONFIDENCE
from promptops.evals.measures import cost_of
from promptops.evals.missing_answers import too_many_missing
from promptops.evals.paired_values import (
    average_by_case,
    paired_cases,
    unit_values,
)
from promptops.model.budget import Budget
from promptops.model.results import NO_BASE, GateResult, GateStatus, Sample
from promptops.statistics.permutation import sign_flip
from promptops.text.humanize import cases_words

_ROUNDING = 1e-9


def check_budget(
    budget: Budget,
    model: str,
    base: Sequence[Sample] | None,
    head: Sequence[Sample],
    rules: AnalysisRules = NO_RULES,
) -> list[GateResult]:
    """The gate, where the budget has one."""
    if budget.max_cost_increase is None:
        return []
    status, reason = _within(budget.max_cost_increase, base, head, rules)
    rule = f"at most {budget.max_cost_increase * 100:g}% dearer"
    return [GateResult("cost", rule, status, reason, blocks=status == "failed", model=model)]


def _within(
    most: float, base: Sequence[Sample] | None, head: Sequence[Sample], rules: AnalysisRules
) -> tuple[GateStatus, str]:
    if base is None:
        return "not measured", NO_BASE
    before, after = average_by_case(base, cost_of), average_by_case(head, cost_of)
    cases = paired_cases(before, after)
    unknown_before, unknown_after = ({(s.case, s.trial) for s in side if cost_of(s) is None} for side in (base, head))
    old, new = (unit_values(values, cases, rules.clusters) for values in (before, after))
    if not cases:
        return "not measured", "the cost is not known"
    tries = {(sample.case, sample.trial) for sample in (*base, *head)}
    missing = too_many_missing(unknown_before, unknown_after, tries, rules.max_errors, "known cost")
    status, seen, proven = _decide(old, new, most)
    seen += f" over {cases_words(len(cases), len(old) if rules.clusters else None)}"
    return ("undecided", f"{seen}; but {missing}") if status == "passed" and missing else (status, f"{seen}: {proven}")


def _decide(old: Sequence[float], new: Sequence[float], most: float) -> tuple[GateStatus, str, str]:
    """The status, what was seen, and what that proves."""
    if not fsum(old):
        status: GateStatus = "failed" if fsum(new) else "passed"
        return status, "costs something now" if fsum(new) else "still free", "the version before was free"
    # The bill is a sum: one case that costs eight times as much counts as such, which a mean of ratios would hide.
    seen = _increase(fsum(new) / fsum(old) - 1)
    dearer, cheaper = _one_sided(old, new, most)
    if cheaper < ALPHA:
        return "passed", seen, f"less than {most * 100:g}% more, {CONFIDENCE}"
    if dearer < ALPHA:
        return "failed", seen, f"more than {most * 100:g}% more, {CONFIDENCE}"
    return "undecided", seen, f"more than {most * 100:g}% is neither proven nor ruled out"


def _increase(share: float) -> str:
    """`+12%`, `-3%`, `+0%`; `+0.4%` for what is only close to none."""
    percent = round(share * 100, 6)
    return f"{percent:+.1f}%" if 0.05 <= abs(percent) < 0.5 else f"{round(percent):+d}%"


def _one_sided(base: Sequence[float], head: Sequence[float], most: float) -> tuple[float, float]:
    """p-values that the bill is no more, and no less, than `most` above the base's: small proves the contrary.

    The signs of what each case costs beyond the limit are flipped. Where all are on one side that is the sign test,
    which needs no spread and holds for few cases too.
    """
    beyond = [new - (1 + most) * old for old, new in zip(base, head, strict=True)]
    scale = max(*map(abs, base), *map(abs, head))
    beyond = [0.0 if abs(value) <= _ROUNDING * scale else value for value in beyond]
    up, down = sum(value > 0 for value in beyond), sum(value < 0 for value in beyond)
    if not up or not down:
        return (0.5**up if up else 1.0), (0.5**down if down else 1.0)
    two_sided = sign_flip(beyond)
    if two_sided is None:
        return 1.0, 1.0
    half = two_sided / 2
    return (half, 1 - half) if fsum(beyond) > 0 else (1 - half, half)
