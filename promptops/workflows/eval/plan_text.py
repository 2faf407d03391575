"""What a run would ask, in words: replies, judgements, dollars."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from math import ceil

from promptops.model.model_call import Request, Usage
from promptops.model.token_estimate import estimate_tokens
from promptops.providers.prices import reply_cost
from promptops.statistics.gate_power import drop_shortfall, rate_shortfall
from promptops.store.reply_cache import FILE, open_reply_cache
from promptops.text.humanize import cases_words, plural
from promptops.text.sanitize import number
from promptops.workflows.eval.evaluate import PreparedRun
from promptops.workflows.eval.interrupted_runs import unsaved_reply_keys
from promptops.workflows.workspace import Workspace

DEFAULT_REPLY_TOKENS = 300
LOOK_AHEAD = 1_000
"""So many replies are looked at before a run begins."""
_FREE = "costs nothing"


def describe_plan(workspace: Workspace, prepared: PreparedRun, *, most: int | None = LOOK_AHEAD) -> str:
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
    lines.append(_asked(workspace, prepared, most))
    lines.extend(_power(prepared))
    lines.extend(plan.notes)
    return "\n".join(lines)


def _asked(workspace: Workspace, prepared: PreparedRun, most: int | None) -> str:
    """How many replies are planned, how many of them are known, and what the others cost."""
    plan = prepared.plan
    units = list(islice(plan.units, most))
    part = len(units) / plan.size
    requests = {unit.key: unit.request for unit in units if unit.request is not None}
    judged = [criterion for criterion in plan.suite.criteria if criterion.kind.asks_model]
    judgements = round(sum(criterion.covers(unit.case) for unit in units for criterion in judged) / part)
    replies = f"planned {plural(round(len(requests) / part), 'reply', 'replies')}"
    judging = f" and {plural(judgements, 'judgement')}" if judgements else ""
    if prepared.replies:
        return f"{replies} (recorded, no model is called){judging}"
    known = _known(workspace, [key for key in requests if key not in prepared.asked_again])
    dollars = _cost([request for key, request in requests.items() if key not in known], prepared, part)
    of = f" of the first {number(len(units))}" if part < 1 else ""
    besides = ", judgements not counted" if judgements and dollars != _FREE else ""
    return f"{replies} ({number(len(known))}{of} in cache){judging} · {dollars}{besides}"


def _known(workspace: Workspace, keys: list[str]) -> set[str]:
    unsaved = unsaved_reply_keys(workspace).intersection(keys)
    if not (workspace.state / FILE).exists():
        return unsaved
    with closing(open_reply_cache(workspace.state)) as cache:
        return cache.known(keys) | unsaved


def _cost(requests: list[Request], prepared: PreparedRun, part: float) -> str:
    """What these requests cost, as they stand for all: they are this part of them."""
    total, is_most = 0.0, part == 1
    for request in requests:
        asked = sum(estimate_tokens(message.content) for message in request.messages)
        given = request.parameters.get("max_tokens") or request.parameters.get("max_completion_tokens")
        is_most = is_most and isinstance(given, int)
        price = reply_cost(request.model, Usage(asked, given if isinstance(given, int) else DEFAULT_REPLY_TOKENS))
        if price is None:
            unkept = f", so the budget of ${prepared.max_cost:.2f} cannot be kept" if prepared.max_cost else ""
            return f"cost unknown: no price for {request.model.alias}{unkept} (add `prices:` in promptops.yml)"
        total += price
    return f"{'at most ' if is_most else ''}about ${total / part:.2f}" if total else _FREE


def _power(prepared: PreparedRun) -> list[str]:
    """What the gates can and cannot show with this many cases, or groups of them."""
    lines = []
    suite = prepared.plan.suite
    criteria = {criterion.name: criterion for criterion in suite.criteria}
    for gate in suite.gates:
        count = suite.count_units(case for case in suite.cases if criteria[gate.criterion].covers(case))
        cases = plural(count, "group" if suite.cluster else "case")
        if gate.at_least is not None and (short := rate_shortfall(count, gate.at_least)):
            if short.needed is None:
                lines.append(f"  gate '{gate.criterion}': no number of cases can prove a rate of 100%")
            else:
                lines.append(
                    f"  gate '{gate.criterion}' cannot be proven with {cases}: at least {gate.at_least * 100:g}% "
                    f"needs {short.needed}, even if all pass"
                )
        drop = gate.no_worse_than_base
        if drop is not None and (short := drop_shortfall(count, drop, exact=True)):
            lines.append(
                f"  gate '{gate.criterion}': {cases} can rule out a drop of about {ceil(short.shown * 100)} "
                f"points, not of {drop * 100:g}: equally good versions pass in {short.power:.0%} of runs"
            )
    return lines
