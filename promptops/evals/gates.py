"""Gates: what must hold before a change may be merged. Undecided is never a pass.

A gate that an owner accepted is shown as such, and blocks no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor
from typing import NamedTuple

from promptops.evals.analysis_rules import NO_RULES, AnalysisRules
from promptops.evals.missing_answers import asked, too_many_missing, unanswered
from promptops.evals.paired_values import (
    average_by_case,
    has_averages,
    paired_cases,
    pass_value,
    unit_values,
)
from promptops.model.results import FOR_PEOPLE, NO_BASE, Arm, CriterionInfo, GateResult, GateStatus, Sample
from promptops.model.suite import Gate
from promptops.model.waiver import Waiver
from promptops.statistics.decisions import drop_decision, more_for_drop, rate_decision
from promptops.statistics.power import cases_for_rate
from promptops.text.humanize import MINUS, cases_words, percent, signed

CONFIDENCE = "with 95% confidence"
_GRAVITY = {"not measured": 1, "undecided": 1, "failed": 2}


class _Answer(NamedTuple):
    """The rule in words, the status, the reason, and how many more cases or clusters would decide."""

    rule: str
    status: GateStatus
    reason: str
    needed: int | None = None


def check_gates(
    gates: Sequence[Gate],
    criteria: Sequence[CriterionInfo],
    model: str,
    base: Sequence[Sample] | None,
    head: Sequence[Sample],
    rules: AnalysisRules = NO_RULES,
) -> list[GateResult]:
    """Every gate's answer for one model."""
    infos = {info.name: info for info in criteria}
    results: list[GateResult] = []
    for gate in gates:
        info = infos[gate.criterion]
        if gate.at_least is not None:
            answer = _rate_answer(gate.at_least, info, head, rules)
            before = _rate_answer(gate.at_least, info, base, rules).status if base is not None else ""
            results.append(replace(_gate_result(gate, info, model, answer, rules), before=before))
        if gate.no_worse_than_base is not None:
            answer = _no_worse(gate.no_worse_than_base, gate.criterion, base, head, rules)
            results.append(_gate_result(gate, info, model, _distrusted(answer, info, base, head, rules), rules))
    return results


def _distrusted(
    answer: _Answer,
    info: CriterionInfo,
    base: Sequence[Sample] | None,
    head: Sequence[Sample],
    rules: AnalysisRules,
) -> _Answer:
    """Errors are no fails, but a pass may not rest on what is left of the cases when many of them failed to answer.

    Those that the base failed to answer count too: they may be the very ones that got worse.
    """
    if answer.status != "passed":
        return answer
    before = None if base is None else unanswered(info, base, rules)
    after = unanswered(info, head, rules)
    missing = too_many_missing(before, after, asked(info, [*(base or ()), *head], rules), rules.max_errors)
    if not missing:
        return answer
    seen = answer.reason.partition(": ")[0]  # what would be proven is not said
    return answer._replace(status="undecided", reason=f"{seen}; but {missing}", needed=None)


def _rate_answer(limit: float, info: CriterionInfo, samples: Sequence[Sample], rules: AnalysisRules) -> _Answer:
    """What these samples alone say of the rule: the head's decide, the base's tell whether it failed before."""
    return _distrusted(_at_least(limit, info.name, samples, rules), info, None, samples, rules)


def _at_least(limit: float, criterion: str, head: Sequence[Sample], rules: AnalysisRules) -> _Answer:
    rule = f"at least {limit * 100:g}%"
    by_case = average_by_case(head, pass_value(criterion))
    values = unit_values(by_case, by_case, rules.clusters)
    if not values:
        return _Answer(rule, "not measured", _why_silent("no case was answered", criterion, head))
    found = rate_decision(values, limit)
    mean = sum(values) / len(values)
    seen = f"{percent(mean)} of {_counted(len(by_case), len(values), rules)}"
    if found.status == "failed":
        return _Answer(rule, "failed", f"{seen}: below {min(_ceil_percent(found.high), limit * 100):g}%, {CONFIDENCE}")
    least = _floor_percent(found.low)
    proven = f"at least {max(least, limit * 100) if found.status == 'passed' else least:g}%, {CONFIDENCE}"
    if found.status == "passed":
        return _Answer(rule, "passed", f"{seen}: {proven}")
    total = cases_for_rate(limit, mean) if mean > limit else None
    needed = max(1, total - len(values)) if total is not None else None
    return _Answer(rule, "undecided", f"{seen}: so far {proven}", needed)


def _no_worse(
    margin: float, criterion: str, base: Sequence[Sample] | None, head: Sequence[Sample], rules: AnalysisRules
) -> _Answer:
    rule = f"no worse than {margin * 100:g} points"
    if base is None:
        return _Answer(rule, "not measured", NO_BASE)
    before, after = (average_by_case(samples, pass_value(criterion)) for samples in (base, head))
    cases = paired_cases(before, after)
    if not cases:
        silent = _why_silent("no case was answered for both versions", criterion, [*base, *head])
        return _Answer(rule, "not measured", silent)
    old, new = (unit_values(values, cases, rules.clusters) for values in (before, after))
    change = (sum(new) - sum(old)) / len(old)
    seen = f"{_points(change)} points over {_counted(len(cases), len(old), rules)}"
    points = f"{margin * 100:g} points"
    averaged = has_averages((*base, *head), rules)
    status = drop_decision(old, new, margin, averaged=averaged).status
    if status == "passed":
        return _Answer(rule, status, f"{seen}: no drop of {points} or more, {CONFIDENCE}")
    if status == "failed":
        return _Answer(rule, status, f"{seen}: a drop of more than {points}, {CONFIDENCE}")
    needed = more_for_drop(old, new, margin, averaged=averaged)
    return _Answer(rule, status, f"{seen}: a drop of {points} is neither proven nor ruled out", needed)


def _why_silent(reason: str, criterion: str, samples: Sequence[Sample]) -> str:
    """The reason, unless it is people who have not answered yet."""
    scores = (sample.scores[criterion] for sample in samples if criterion in sample.scores)
    return FOR_PEOPLE if any(score.status == "waiting" for score in scores) else reason


def _counted(cases: int, units: int, rules: AnalysisRules) -> str:
    return cases_words(cases, units if rules.clusters else None)


def _points(change: float) -> str:
    """`-8`, `+0`, `-0.4`: what the table says of it, with the sign that results are kept with."""
    return "+0" if change == 0 else signed(change).replace(MINUS, "-")


def _floor_percent(bound: float) -> int:
    """A lower bound in percent, rounded so that it never promises more."""
    return floor(round(bound * 100, 6))


def _ceil_percent(bound: float) -> int:
    return ceil(round(bound * 100, 6))


def _gate_result(gate: Gate, info: CriterionInfo, model: str, answer: _Answer, rules: AnalysisRules) -> GateResult:
    rule, status, reason, needed = answer
    of_groups = bool(rules.clusters) and needed is not None
    if info.advisory:
        return GateResult(gate.criterion, rule, "advisory", reason, needed=needed, model=model, of_groups=of_groups)
    unproven = status == "undecided" or (status == "not measured" and reason != NO_BASE)
    blocks = status == "failed" or (unproven and gate.undecided_fails)
    return GateResult(gate.criterion, rule, status, reason, blocks, needed, model, of_groups=of_groups)


def apply_waivers(
    gates: Sequence[GateResult], waivers: Sequence[Waiver], suite: str, arms: Sequence[Arm], questions: str
) -> list[GateResult]:
    """The gates, those accepted for this very version and these questions marked with who accepted them.

    What it was compared with when it was accepted does not matter: the same version is accepted in a pull request, on
    the branch it was merged into, and every night.
    """
    if not waivers:
        return list(gates)
    digests = {arm.model: arm.evaluation_digest for arm in arms if arm.side == "head"}
    mine = [one for one in waivers if one.suite == suite and one.questions == questions]
    gravest_last = sorted(mine, key=lambda one: _GRAVITY[one.was])
    said = {(one.criterion, one.rule, one.head): one for one in gravest_last}
    found = []
    for gate in gates:
        one = said.get((gate.criterion, gate.rule, digests.get(gate.model, "")))
        found.append(gate if one is None else accept_gate(gate, one.was, f"{one.who}: {one.why}"))
    return found


def accept_gate(gate: GateResult, was: GateStatus, accepted: str) -> GateResult:
    """The gate, accepted (who, and why) when it was like this; unchanged where it holds, or does worse by now.

    What was undecided when it was accepted and fails now is news.
    """
    if 0 < _GRAVITY.get(gate.status, 0) <= _GRAVITY.get(was, 0):
        return replace(gate, blocks=False, accepted=accepted)
    return gate
