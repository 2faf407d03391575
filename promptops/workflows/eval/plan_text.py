"""What a run would ask, in words: replies, judgements, dollars."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from itertools import islice

from promptops.evals.plan import Unit
from promptops.model.model_call import Request
from promptops.providers.endpoint import endpoint_url, redact_url
from promptops.statistics.gate_power import drop_shortfall, rate_shortfall, whole_points
from promptops.text.humanize import cases_words, percent, plural
from promptops.text.sanitize import number
from promptops.workflows.eval.cost_estimate import estimate_cost
from promptops.workflows.eval.interrupted_runs import KnownKeys
from promptops.workflows.eval.prepared_run import PreparedRun

LOOK_AHEAD = 1_000
"""So many replies are looked at before a run begins."""


def describe_plan(prepared: PreparedRun, asked: KnownKeys, *, most: int | None = LOOK_AHEAD) -> str:
    """Two to four lines for people: versions, calls, cost, and what the gates can show with so many cases.

    More than `most` replies (None: however many) are judged by the first of them, so that a run begins at once.
    """
    plan = prepared.plan
    models = list(dict.fromkeys(arm.model for arm in plan.arms))
    versions = " → ".join(dict.fromkeys(f"{arm.side} {arm.revision}" for arm in plan.arms))
    sides = len({arm.side for arm in plan.arms})
    suite = plan.suite
    cases = cases_words(len(suite.cases), suite.count_units(suite.cases) if suite.cluster else None)
    counts = [cases, plural(sides, "version"), plural(len(models), "model")]
    lines = [f"{plan.suite.id} · {versions} · {' × '.join(counts)} ({', '.join(models)})"]
    if prepared.unchanged:
        return "\n".join([*lines, "nothing the model receives has changed; nothing will be asked"])
    lines.extend(plan.scoring.unconfirmed)
    lines.extend(_asked(asked, prepared, most))
    lines.extend(_addresses(prepared))
    lines.extend(_power(prepared))
    lines.extend(plan.notes)
    return "\n".join(lines)


def _asked(asked: KnownKeys, prepared: PreparedRun, most: int | None) -> list[str]:
    """How many replies are planned, how many are known, and what the others cost; what is wrong with the cache."""
    plan = prepared.plan
    units = list(islice(plan.units, most))
    part = len(units) / plan.size
    requests = {unit.key: unit.request for unit in units if unit.request is not None}
    judged = [criterion for criterion in plan.suite.criteria if criterion.kind.asks_model]
    judgements = round(sum(criterion.covers(unit.case) for unit in units for criterion in judged) / part)
    replies = f"planned {plural(round(len(requests) / part), 'reply', 'replies')}"
    judging = f" and {plural(judgements, 'judgement')}" if judgements else ""
    if prepared.replies:
        lacking = _lacking(prepared, requests.values())
        if not judgements:
            return [f"{replies} (recorded, no model is called)", *lacking]
        return [f"{replies} (recorded){judging} · {_cost(prepared, units, requests, part)}", *lacking]
    known, notes = asked.of([key for key in requests if key not in prepared.asked_again])
    of = f" of the first {number(len(units))}" if part < 1 else ""
    return [f"{replies} ({number(len(known))}{of} in cache){judging} · {_cost(prepared, units, known, part)}", *notes]


def _addresses(prepared: PreparedRun) -> list[str]:
    """Where models are asked whose address stands in no file but in this machine's environment."""
    called = (target.spec for target in prepared.plan.targets.values() if target.fingerprint not in prepared.replies)
    return [
        f"  '{spec.alias}' is asked at {redact_url(endpoint_url(spec))}, the address in {spec.base_url_env}"
        for spec in called
        if spec.base_url_env
    ]


def _lacking(prepared: PreparedRun, requests: Collection[Request]) -> list[str]:
    """How many of the requests nobody recorded a reply to."""
    recorded = ((prepared.replies.get(request.fingerprint), request) for request in requests)
    if not (count := sum(found is not None and not found.has(request) for found, request in recorded)):
        return []
    missing = f"{number(count)} of {plural(len(requests), 'reply', 'replies')} {'is' if count == 1 else 'are'}"
    suite = shlex.quote(prepared.plan.suite.id)
    return [f"  {missing} not recorded, so the run will end as not measured: promptops eval {suite} --record"]


def _cost(prepared: PreparedRun, units: Sequence[Unit], known: Collection[str], part: float) -> str:
    """What these units cost, as they stand for all: they are this part of them."""
    found = estimate_cost(prepared.plan, units, known)
    if found.unpriced:
        return f"cost unknown: no price for {', '.join(found.unpriced)} (add `prices:` in promptops.yml)"
    if not found.dollars:
        return "costs nothing"
    dollars = found.dollars / part
    budget, may_end = prepared.max_cost, ""
    if budget is not None and budget < dollars:
        may_end = f"; the budget of ${budget:.2f} may end the run before that"
    if dollars < 0.005:
        return f"less than $0.01{may_end}"
    return f"{'at most ' if found.is_most and part == 1 else ''}about ${dollars:.2f}{may_end}"


def _power(prepared: PreparedRun) -> list[str]:
    """What the rules (gates) can and cannot show with this many cases, or groups of them."""
    lines = []
    suite = prepared.plan.suite
    averaged = prepared.plan.trials > 1 or bool(suite.cluster)
    criteria = {criterion.name: criterion for criterion in suite.criteria}
    for gate in suite.gates:
        count = suite.count_units(case for case in suite.cases if criteria[gate.criterion].covers(case))
        cases = plural(count, "group" if suite.cluster else "case")
        if gate.at_least is not None and (short := rate_shortfall(count, gate.at_least)):
            if short.needed is None:
                lines.append(f"  rule '{gate.criterion} ≥ 100%': no number of cases can prove that")
            else:
                lines.append(
                    f"  rule '{gate.criterion} ≥ {gate.at_least * 100:g}%' cannot be proven with {cases}: "
                    f"it needs {short.needed}, even if all pass"
                )
        drop = gate.no_worse_than_base
        if drop is not None and (short := drop_shortfall(count, drop, averaged=averaged, exact=True)):
            lines.append(
                f"  rule '{gate.criterion}': {cases} can rule out a drop of about {whole_points(short.shown)} "
                f"points, not of {drop * 100:g}: equally good versions pass in {percent(short.power)} of runs"
            )
    return lines
