"""What a run would ask, in words: replies, judgements, dollars."""

from __future__ import annotations

from math import ceil
from pathlib import Path

from promptops.model.completion import Request, Usage
from promptops.model.token_estimate import estimate_tokens
from promptops.providers.prices import cost
from promptops.statistics.gate_power import drop_shortfall, rate_shortfall
from promptops.store.reply_cache import SqliteReplyCache
from promptops.workflows.eval.evaluate import Prepared
from promptops.workflows.project import Workspace

DEFAULT_REPLY_TOKENS = 300
_FREE = "costs nothing"


def describe_plan(workspace: Workspace, prepared: Prepared) -> str:
    """Two to four lines for people: versions, calls, cost, and what the gates can show with so many cases."""
    plan = prepared.plan
    models = list(dict.fromkeys(arm.model for arm in plan.arms))
    versions = " → ".join(dict.fromkeys(f"{arm.side} {arm.revision}" for arm in plan.arms))
    sides = len({arm.side for arm in plan.arms})
    counts = [_count(len(plan.suite.cases), "case"), _count(sides, "version"), _count(len(models), "model")]
    lines = [f"{plan.suite.id} · {versions} · {' × '.join(counts)} ({', '.join(models)})"]
    if prepared.unchanged:
        return "\n".join([*lines, "nothing the model receives has changed; nothing will be asked"])
    requests = {unit.key: unit.request for unit in plan.units if unit.request is not None}
    known = _known(workspace, list(requests))
    judgements = _judgements(prepared)
    asked = [request for key, request in requests.items() if key not in known]
    replies = f"{len(requests)} repl{'ies' if len(requests) != 1 else 'y'}"
    judged = f" and {_count(judgements, 'judgement')}" if judgements else ""
    if prepared.replies:
        lines.append(f"planned {replies} (recorded, no model is called){judged}")
    else:
        dollars = _cost(asked, prepared)
        besides = ", judgements not counted" if judgements and dollars != _FREE else ""
        lines.append(f"planned {replies} ({len(known)} in cache){judged} · {dollars}{besides}")
    lines.extend(_power(prepared))
    lines.extend(plan.notes)
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"


def _known(workspace: Workspace, keys: list[str]) -> set[str]:
    path: Path = workspace.state / "cache.db"
    if not path.exists():
        return set()
    cache = SqliteReplyCache(path)
    try:
        return set(cache.get_many(keys))
    finally:
        cache.close()


def _judgements(prepared: Prepared) -> int:
    judged = [c for c in prepared.plan.suite.criteria if c.kind in ("judge", "llm")]
    return sum(criterion.covers(unit.case) for unit in prepared.plan.units for criterion in judged)


def _cost(requests: list[Request], prepared: Prepared) -> str:
    total, is_most = 0.0, True
    for request in requests:
        asked = sum(estimate_tokens(message.content) for message in request.messages)
        given = request.parameters.get("max_tokens") or request.parameters.get("max_completion_tokens")
        is_most = is_most and isinstance(given, int)
        price = cost(request.model, Usage(asked, given if isinstance(given, int) else DEFAULT_REPLY_TOKENS))
        if price is None:
            unkept = f", so the budget of ${prepared.max_cost:.2f} cannot be kept" if prepared.max_cost else ""
            return f"cost unknown: no price for {request.model.alias}{unkept} (add `prices:` in promptops.yml)"
        total += price
    return f"{'at most ' if is_most else ''}about ${total:.2f}" if total else _FREE


def _power(prepared: Prepared) -> list[str]:
    """What the gates can and cannot show with this many cases."""
    lines = []
    suite = prepared.plan.suite
    criteria = {criterion.name: criterion for criterion in suite.criteria}
    for gate in suite.gates:
        count = sum(criteria[gate.criterion].covers(case) for case in suite.cases)
        if gate.at_least is not None and (short := rate_shortfall(count, gate.at_least)):
            if short.needed is None:
                lines.append(f"  gate '{gate.criterion}': no number of cases can prove that all of them would pass")
            else:
                lines.append(
                    f"  gate '{gate.criterion}' cannot be proven with {count} cases: at least {gate.at_least * 100:g}% "
                    f"needs {short.needed}, even if all pass"
                )
        drop = gate.no_worse_than_base
        if drop is not None and (short := drop_shortfall(count, drop)):
            lines.append(
                f"  gate '{gate.criterion}': {count} cases can rule out a drop of about {ceil(short.shown * 100)} "
                f"points, not of {drop * 100:g}"
            )
    return lines
