"""Rules (gates) in words, one a line: `⛔ one or two sentences ≥ 75%: 20%; before 40%, failed too`.

All return plain text that may hold names and reasons others wrote: each face escapes it in its own way.
"""

from __future__ import annotations

import re

from promptops.model.results import FOR_PEOPLE, NO_BASE, CriterionComparison, GateResult
from promptops.report.results.results_view import ResultsView
from promptops.text import humanize

_SIGNS = {
    "passed": humanize.BETTER,
    "failed": humanize.FAILS,
    "undecided": humanize.WAITING,
    "advisory": humanize.UNSURE,
    "not measured": humanize.UNKNOWN,
}
_HYPHEN = re.compile(r"(?<!\w)-(?=\d)")


def rule_lines(view: ResultsView) -> list[tuple[str, str]]:
    """All rules, each with its answer: (`✅ names the owner ≥ 75%:`, `92%`)."""
    return [rule_line(view, gate) for gate in view.results.gates]


def rule_line(view: ResultsView, gate: GateResult) -> tuple[str, str]:
    """One rule and its answer."""
    return _signed_rule(gate, several_models=len(view.models) > 1), _answer(view, gate)


def _signed_rule(gate: GateResult, *, several_models: bool) -> str:
    model = f" ({gate.model})" if several_models and gate.model else ""
    rule = humanize.rule_words(gate.rule)
    ending = ";" if ": " in rule else ":"
    return f"{_sign(gate)} {gate.criterion}{model}{rule}{ending}"


def rule_reason(gate: GateResult) -> str:
    """Why, with the figures behind it: `20% of 30 cases: below 37%, with 95% confidence`; empty for a plain answer."""
    return "" if gate.reason in (NO_BASE, FOR_PEOPLE) else _HYPHEN.sub(humanize.MINUS, gate.reason)


def lone_rule(found: GateResult, *, several_models: bool) -> tuple[str, str]:
    """A rule's answer where the run's other figures are not at hand: (`✅ names the owner ≥ 75%:`, `holds`)."""
    needed = humanize.more_words(found.needed or 0, of_groups=found.of_groups)
    more = f"; about {needed} would settle it" if found.needed else ""
    said = rule_reason(found)
    reason = f" ({said}{more})" if said else f" ({more[2:]})" if more else ""
    answers = {
        "passed": "holds",
        "failed": f"fails{reason}",
        "undecided": f"not proven yet{reason}",
        "advisory": "for information",
        "not measured": f"not measured{reason}",
    }
    answer = answers[found.status]
    if found.status == "not measured" and found.reason in (FOR_PEOPLE, NO_BASE):
        answer = found.reason
    if found.accepted:
        answer += f", accepted by {found.accepted}"
    elif found.blocks and found.status != "failed":
        answer += ", and the suite asks for proof"
    return _signed_rule(found, several_models=several_models), answer


def _sign(gate: GateResult) -> str:
    if gate.blocks:
        return humanize.FAILS
    if gate.accepted:
        return humanize.TROUBLE
    if gate.reason == FOR_PEOPLE:
        return humanize.WAITING
    if gate.reason == NO_BASE:
        return humanize.UNSURE
    return _SIGNS[gate.status]


def _answer(view: ResultsView, gate: GateResult) -> str:
    seen = _seen(view, gate)
    told = seen
    if gate.status == "failed":
        told = f"{seen}{_before(view, gate)}" if seen else "fails"
    elif gate.status == "undecided":
        proof = ", and the suite asks for proof" if gate.blocks else ""
        told = f"{f'{seen}; ' if seen else ''}not proven yet{_settled(gate)}{proof}"
    elif gate.status == "advisory":
        told = f"{seen} (for information)".strip()
    elif gate.status == "not measured":
        told = gate.reason if gate.reason in (NO_BASE, FOR_PEOPLE) else f"not measured{_because(gate)}"
        told += ", and the suite asks for proof" * gate.blocks
    elif not seen:
        told = "holds"
    if gate.accepted:
        told += f"{', fails' if gate.status == 'failed' else ''}; accepted by {gate.accepted}"
    return told


def _seen(view: ResultsView, gate: GateResult) -> str:
    """`20%`; for a rule that compares `96% → 94%`; for the cost `+8%`."""
    if is_cost_rule(view, gate):
        return rule_reason(gate).partition(" over ")[0]
    found = gate_comparison(view, gate)
    if found is None or found.head is None:
        return ""
    if humanize.rule_words(gate.rule).startswith(": "):
        return f"{humanize.rate_words(found.base)} → {humanize.rate_words(found.head)}" if found.base else ""
    return humanize.rate_words(found.alone or found.head)


def _before(view: ResultsView, gate: GateResult) -> str:
    """`; before 40%, failed too`, where the rule is about one version."""
    found = gate_comparison(view, gate)
    if not gate.before or found is None or found.base is None:
        return ""
    also = {"failed": ", failed too", "undecided": ", not proven"}.get(gate.before, "")
    return f"; before {humanize.rate_words(found.base)}{also}"


def _settled(gate: GateResult) -> str:
    """` (about 40 more cases would settle it)`; or why no number of cases would."""
    if gate.needed:
        return f" (about {humanize.more_words(gate.needed, of_groups=gate.of_groups)} would settle it)"
    missing = rule_reason(gate).partition("; but ")[2]
    return f": {missing}" if missing else ""


def _because(gate: GateResult) -> str:
    return f": {rule_reason(gate)}" if gate.reason else ""


def is_cost_rule(view: ResultsView, gate: GateResult) -> bool:
    """Whether it is the budget's rule, and no criterion that somebody called so."""
    return gate.criterion == "cost" and "cost" not in view.infos


def gate_comparison(view: ResultsView, gate: GateResult) -> CriterionComparison | None:
    """What is known of the criterion that a rule is about, with the rule's model."""
    for comparison in view.results.comparisons:
        if gate.model in ("", comparison.model):
            return next((found for found in comparison.criteria if found.criterion == gate.criterion), None)
    return None
