"""Gates: what must hold before a change may be merged. Undecided is never a pass.

A gate that an owner accepted is shown as such, and blocks no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor

from promptops.evals.comparison import LEAST_DISCORDANT, average_by_case, pair_cases, pass_value
from promptops.model.budget import Budget
from promptops.model.results import Arm, Comparison, CriterionInfo, GateResult, GateStatus, MeasureComparison, Sample
from promptops.model.suite import Gate
from promptops.model.waiver import Waiver
from promptops.statistics.comparison import difference_bound, rate_bound
from promptops.statistics.power import cases_for_drop, cases_for_rate

MOST_ERRORS = 0.1
"""A larger share of cases without an answer, and a gate cannot pass."""
_TOO_FEW = "too few cases for an interval"
_NO_BASE = "there is no earlier version to compare with"
_GRAVITY = {"not measured": 1, "undecided": 1, "failed": 2}


def check_gates(
    gates: Sequence[Gate],
    criteria: Sequence[CriterionInfo],
    model: str,
    base: Sequence[Sample] | None,
    head: Sequence[Sample],
    comparison: Comparison,
) -> list[GateResult]:
    """Every gate's answer for one model."""
    infos = {info.name: info for info in criteria}
    results: list[GateResult] = []
    for gate in gates:
        answers = []
        if gate.at_least is not None:
            answers.append(_at_least(gate.at_least, gate.criterion, head))
        if gate.no_worse_than_base is not None:
            answers.append(_no_worse(gate.no_worse_than_base, gate.criterion, base, head, comparison))
        for answer in answers:
            told = _distrusted_with_errors(answer, gate.criterion, head)
            results.append(_gate_result(gate, infos[gate.criterion], model, *told))
    return results


_Answer = tuple[str, GateStatus, str, int | None]
"""The rule in words, the status, the reason, and how many more cases would decide."""


def _distrusted_with_errors(answer: _Answer, criterion: str, head: Sequence[Sample]) -> _Answer:
    """Errors are no fails, but a pass may not rest on what is left of the cases when many of them failed to answer."""
    rule, status, reason, _ = answer
    covered = {s.case for s in head if s.error or criterion in s.scores}
    failed = {s.case for s in head if s.error or (criterion in s.scores and s.scores[criterion].status == "error")}
    if status != "passed" or len(failed) <= MOST_ERRORS * len(covered):
        return answer
    return rule, "undecided", f"{reason}; but {len(failed)} of {len(covered)} cases have no answer", None


def _at_least(limit: float, criterion: str, head: Sequence[Sample]) -> _Answer:
    rule = f"at least {limit * 100:g}%"
    values = list(average_by_case(head, pass_value(criterion)).values())
    if not values:
        return rule, "not measured", "no case was answered", None
    low, high = rate_bound(values, "lower"), rate_bound(values, "upper")
    mean, n = sum(values) / len(values), len(values)
    seen = f"{mean:.0%} of {n} cases"
    if low >= limit:
        return rule, "passed", f"{seen}, surely at least {_floor_percent(low)}%", None
    if high < limit:
        return rule, "failed", f"{seen}, surely below {ceil(round(high * 100, 6))}%", None
    total = cases_for_rate(limit, mean) if mean > limit else None
    needed = max(1, total - n) if total is not None else None
    return rule, "undecided", f"{seen}: surely at least {_floor_percent(low)}% only", needed


def _no_worse(
    margin: float,
    criterion: str,
    base: Sequence[Sample] | None,
    head: Sequence[Sample],
    comparison: Comparison,
) -> _Answer:
    rule = f"no worse than {margin * 100:g} points"
    if base is None:
        return rule, "not measured", _NO_BASE, None
    answer = pass_value(criterion)
    cases, old, new = pair_cases(average_by_case(base, answer), average_by_case(head, answer))
    if not cases:
        return rule, "not measured", "no case was answered for both versions", None
    drop = (sum(old) - sum(new)) / len(cases)
    seen = f"{round(-drop * 100):+d} points over {len(cases)} cases"
    low = difference_bound(old, new, "lower")
    found = next(c for c in comparison.criteria if c.criterion == criterion)
    if low is not None and low > -margin:
        return rule, "passed", f"{seen}, surely no worse than {_floor_percent(low):+d}", None
    if found.verdict == "worse" and drop > margin:
        return rule, "failed", seen, None
    changed = sum(a != b for a, b in zip(old, new, strict=True)) / len(cases)
    total = cases_for_drop(margin, max(changed, LEAST_DISCORDANT)) if margin > 0 else None
    needed = max(1, total - len(cases)) if total is not None else None
    surely = f"surely no worse than {_floor_percent(low):+d} only" if low is not None else _TOO_FEW
    return rule, "undecided", f"{seen}: {surely}", needed


def _floor_percent(bound: float) -> int:
    """A lower bound in percent, rounded so that it never promises more."""
    return floor(round(bound * 100, 6))


def _gate_result(
    gate: Gate, info: CriterionInfo, model: str, rule: str, status: GateStatus, reason: str, needed: int | None
) -> GateResult:
    if info.advisory:
        return GateResult(gate.criterion, rule, "advisory", reason, needed=needed, model=model)
    unproven = status == "undecided" or (status == "not measured" and reason != _NO_BASE)
    blocks = status == "failed" or (unproven and gate.undecided_fails)
    return GateResult(gate.criterion, rule, status, reason, blocks, needed, model)


def check_budget(budget: Budget, comparison: Comparison) -> list[GateResult]:
    """Whether the change stays within `maxCostIncrease`."""
    if budget.max_cost_increase is None or comparison.overall == "first run":
        return []
    rule = f"at most {budget.max_cost_increase * 100:g}% dearer"
    cost = next(m for m in comparison.measures if m.name == "cost")
    if cost.ratio is None:
        status, reason = _without_ratio(cost)
        return [GateResult("cost", rule, status, reason, blocks=status == "failed", model=comparison.model)]
    # The bill is a sum: one case that costs eight times as much counts as such, which a mean of ratios would hide.
    increase = (cost.head / cost.base if cost.base and cost.head is not None else cost.ratio) - 1
    over = increase > budget.max_cost_increase
    proven = over and cost.verdict == "higher"
    status = "failed" if proven else "undecided" if over else "passed"
    return [GateResult("cost", rule, status, f"{increase:+.0%}", blocks=proven, model=comparison.model)]


def _without_ratio(cost: MeasureComparison) -> tuple[GateStatus, str]:
    if cost.base == 0 and cost.head == 0:
        return "passed", "both versions are free"
    if cost.base == 0 and cost.head:
        return "failed", "the version before was free"
    return "not measured", "the cost is not known"


def apply_waivers(
    gates: Sequence[GateResult], waivers: Sequence[Waiver], suite: str, arms: Sequence[Arm], questions: str
) -> list[GateResult]:
    """The gates, those accepted for these very versions and questions marked with who accepted them."""
    if not waivers:
        return list(gates)
    digests = {(arm.model, arm.side): arm.evaluation_digest for arm in arms}
    mine = [one for one in waivers if one.suite == suite and one.questions == questions]
    gravest_last = sorted(mine, key=lambda one: _GRAVITY[one.was])
    said = {(one.criterion, one.rule, one.base, one.head): one for one in gravest_last}
    found = []
    for gate in gates:
        base, head = digests.get((gate.model, "base"), ""), digests.get((gate.model, "head"), "")
        one = said.get((gate.criterion, gate.rule, base, head))
        # What was undecided when it was accepted and fails now is news.
        if one is not None and 0 < _GRAVITY.get(gate.status, 0) <= _GRAVITY[one.was]:
            gate = replace(gate, blocks=False, accepted=f"{one.who}: {one.why}")
        found.append(gate)
    return found
