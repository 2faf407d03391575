"""What a check says first: why it is red, or that it is green. It follows `CheckResult.failures`.

Outputs and the log take it from here. The comment begins with the verdict of its results (report/results/verdict.py),
or with what these do not say: neither is red where the other is green.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from promptops.model.outcomes.check import CheckFailure, CheckResult
from promptops.model.results import GateResult, Results
from promptops.report.comment.comment_markers import END_OF_GATES, GATES
from promptops.report.results import summary
from promptops.report.results.results_view import ResultsView, is_unchanged
from promptops.report.results.verdict import run_verdict
from promptops.text import humanize
from promptops.text.sanitize import inline, shorten

PASSED, FAILED = "Passed", "Failed: "
NOT_EVERYTHING, NOTHING = "Not everything could be checked", "Not measured"
_BESIDES = "**Besides:** "
_NOT_MEASURED = ("not checked", "not evaluated", "deferred", "not measured")
_MOST_NAMES = 3
_GATED = re.compile(f"{re.escape(GATES)}.*?{re.escape(END_OF_GATES)}")


def headline(checked: CheckResult) -> str:
    """The first line in plain text, with every kind of reason: `Failed: greet: the rule 'tone ≥ 75%' …`."""
    first, besides = _reasons(checked)
    told = "; ".join(filter(None, [_failed_rules(checked.results), besides]))
    if first:
        line = f"{first}; besides: {told}" if told else first
    else:
        line = f"{FAILED}{told}" if told else _passed(checked)
    return " ".join(line.split())  # a name may hold a line's end, and a log or an output of a step is read by lines


def heading_beside_results(checked: CheckResult) -> str:
    """The comment's heading where the results' own say too little, in the words of their set: what has no results, and
    what must not be served; and that the check passes where nothing was compared. Empty where theirs are enough."""
    own = {one.suite for one in checked.results if run_verdict(ResultsView(one)).kind == "not measured"}
    beside = [one for one in checked.failures if one.kind in _NOT_MEASURED and one.what not in own]
    if beside:
        whole = (" ".join(one.why.split()) for one in beside if one.kind in ("not checked", "deferred"))
        names = dict.fromkeys(one.what for one in checked.failures if one.kind in ("not evaluated", "not measured"))
        named = humanize.listed([shorten(name, 80) for name in names], _MOST_NAMES)
        told = "; ".join(filter(None, [shorten(next(whole, ""), 200), named]))
        return f"### {humanize.UNKNOWN} Not measured: {inline(told, 600)}"
    if environments := _environment_words([one for one in checked.failures if one.kind == "environment"]):
        return f"### {humanize.FAILS} Must not be served: {inline(environments, 600)}"
    compared = any(not is_unchanged(one) for one in checked.results)
    return "" if compared or checked.failures else f"### {inline(_passed(checked), 600)}"


def without_old_gate_words(page: str) -> str:
    """The page without what first lines of earlier versions said of gates: the results' heading says it now."""
    lines = page.split("\n")
    told = [_GATED.sub("", line) for line in lines[:3]]
    kept = [line for line in told if line.rstrip() not in (f"### {FAILED}".rstrip(), _BESIDES.rstrip())]
    return "\n".join([*kept, *lines[3:]])


def _reasons(checked: CheckResult) -> tuple[str, str]:
    """What was not measured, or why nothing was; and what environments and lint say. Empty where nothing is wrong."""
    failures = checked.failures
    whys = (shorten(" ".join(one.why.split()), 200) for one in failures if one.kind in ("not checked", "deferred"))
    why = next(whys, "")
    silent = dict.fromkeys(one.what for one in failures if one.kind in ("not evaluated", "not measured"))
    environments = _environment_words([one for one in failures if one.kind == "environment"])
    lint = _lint_words([one for one in failures if one.kind == "lint"], checked)
    besides = "; ".join(filter(None, [environments, lint]))
    if why and not checked.results:
        return f"{NOTHING}: {why}", besides
    names = humanize.listed([shorten(name, 80) for name in silent], _MOST_NAMES)
    told = "; ".join(filter(None, [why, f"{names} {summary.NOT_MEASURED}" if silent else ""]))
    return f"{NOT_EVERYTHING}: {told}" if told else "", besides


def _environment_words(found: Sequence[CheckFailure]) -> str:
    """`prod: greet 91ed3b9: the rule … does not hold`, and how many more versions must not be served."""
    if not found:
        return ""
    more = f" (and {humanize.plural(len(found) - 1, 'more reason')} beside it)" if len(found) > 1 else ""
    return f"{shorten(found[0].what, 120)}: {shorten(' '.join(found[0].why.split()), 200)}{more}"


def _lint_words(found: Sequence[CheckFailure], checked: CheckResult) -> str:
    if not found:
        return ""
    brings = "lint finds" if checked.base.commit is None else "this change brings"
    first = f"{shorten(found[0].what, 120)}: {shorten(found[0].why, 160)}"
    many = "" if len(found) == 1 else "the first is "
    return f"{brings} {humanize.plural(len(found), 'problem')} ({many}{first})"


def _failed_rules(results: Iterable[Results]) -> str:
    """`greet: the rule 'tone ≥ 75%' fails`; empty where all hold."""
    told = []
    for one in results:
        gates = [gate for gate in one.gates if gate.blocks]
        proven = all(gate.status == "failed" for gate in gates)  # the others block because the suite asks for proof
        if len(gates) == 1:
            rule = shorten(humanize.named_rule(gates[0].criterion, gates[0].rule), 120)
            verb = "fails" if proven else "does not hold"
            told.append(f"{shorten(one.suite, 80)}: the rule '{rule}' {verb}")
        elif gates:
            verb = "fail" if proven else "do not hold"
            told.append(f"{shorten(one.suite, 80)}: {humanize.spell_out(len(gates))} rules {verb}")
    more = f"; and rules of {humanize.plural(len(told) - _MOST_NAMES, 'more suite')}" if len(told) > _MOST_NAMES else ""
    return "; ".join(told[:_MOST_NAMES]) + more


def _passed(checked: CheckResult) -> str:
    if not checked.reached:
        return f"{PASSED}: this change touches nothing that is checked here"
    worse = [one.suite for one in checked.results for found in one.comparisons if found.overall == "worse"]
    rules = _rules_that_hold([gate for one in checked.results for gate in one.gates])
    lint = "" if not checked.looked_at else "lint finds no problem"
    if lint and (checked.inherited or checked.base.commit is not None):
        lint = "this change brings no problem"
    told = " and ".join(filter(None, [rules, lint]))
    names = humanize.listed([shorten(name, 80) for name in dict.fromkeys(worse)], _MOST_NAMES)
    but = f", although {names} got worse" if worse else ""
    return f"{PASSED}{but}: {told}" if told else f"{PASSED}{but}"


def _rules_that_hold(gates: Sequence[GateResult]) -> str:
    """Why no rule fails the check, where there are any: below this line people see a cross at one that was accepted."""
    accepted = sum(bool(gate.accepted) for gate in gates)
    if accepted:
        many = f"{humanize.spell_out(accepted)} rules that do not hold were"
        return f"{'the rule that does not hold was' if accepted == 1 else many} accepted"
    return "no rule fails" if gates else ""
