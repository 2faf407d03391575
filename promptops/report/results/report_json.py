"""What the report's script shows of every case, as plain JSON data. Held-out cases are not in it."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Any

from promptops.model.results import Sample
from promptops.report.results.case_details import passes
from promptops.report.results.message_diffs import Messages, paired
from promptops.report.results.results_view import CaseChange, Changes, ResultsView, field_text, reply_text
from promptops.text import humanize
from promptops.text.sanitize import shorten, visible

MOST = 100_000
"""Characters of one text; beyond it the page says how many more there are in results.json."""


def report_data(view: ResultsView, found: Changes) -> dict[str, Any]:
    """Arms, criteria and cases; criteria and models are named by their place."""
    results = view.results
    places = {info.name: index for index, info in enumerate(results.criteria)}
    models = {model: index for index, model in enumerate(view.models)}
    shifts: dict[str, dict[str, list[dict[str, Any]]]] = {"worse": defaultdict(list), "better": defaultdict(list)}
    for kind, cases in (("worse", found.worse), ("better", found.better)):
        for change in cases:
            shifts[kind][change.case.id] += _shifts(change, places, models)
    samples: dict[str, list[Sample]] = defaultdict(list)
    for sample in results.samples:
        samples[sample.case].append(sample)
    messages = {
        (r.case, r.side): tuple((_text(role), _text(text)) for role, text in r.messages) for r in results.rendered
    }
    order = {change.case.id: index for index, change in reversed(list(enumerate((*found.worse, *found.better))))}
    shown = sorted((c for c in results.cases if c.id not in view.held), key=lambda c: order.get(c.id, len(order)))
    return {
        "compared": view.has_base,
        "held": len(view.held),
        "models": [_text(model) for model in view.models],
        "arms": [{"side": arm.side, "model": models[arm.model]} for arm in results.arms],
        "criteria": [{"name": _text(info.name)} for info in results.criteria],
        "cases": [
            {
                "id": _text(case.id),
                "tags": [_text(tag) for tag in case.tags],
                "sides": list(case.sides),
                "fields": [[_text(str(name)), _text(field_text(value))] for name, value in case.fields.items()],
                "worse": shifts["worse"][case.id],
                "better": shifts["better"][case.id],
                "samples": [_sample(sample, places) for sample in samples[case.id]],
                "messages": _messages(messages.get((case.id, "base")), messages.get((case.id, "head"))),
            }
            for case in shown
        ],
    }


def _messages(base: Messages | None, head: Messages | None) -> list[dict[str, Any]]:
    """Each message once where it is the same on both sides (or has only one), else as it was and as it is."""
    if base is None or head is None:
        return [{"same": message} for message in base or head or ()]
    return [{"same": old} if old == new else {"base": old, "head": new} for old, new in paired(base, head)]


def _shifts(change: CaseChange, places: dict[str, int], models: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"c": places[s.criterion], "m": models[change.model], "words": f"{passes(s.before)} → {passes(s.after)}"}
        for s in change.shifts
        if s.criterion in places and change.model in models
    ]


def _sample(sample: Sample, places: dict[str, int]) -> dict[str, Any]:
    facts = [
        "from the cache" if sample.cached else humanize.duration(sample.latency) if sample.latency is not None else "",
        f"{humanize.dollars(sample.cost)}" if sample.cost else "",
        f"{humanize.token_count(sample.output_tokens)} tokens" if sample.output_tokens is not None else "",
        f"tried {sample.attempts} times" if sample.attempts > 1 else "",
        f"ended by {shorten(sample.finish_reason, 40)}" if sample.finish_reason not in ("", "stop") else "",
    ]
    return {
        "a": sample.arm,
        "t": sample.trial,
        "text": _text(reply_text(sample)),
        "error": bool(sample.error),
        "facts": _text(" · ".join(fact for fact in facts if fact) or "–"),
        "scores": [
            {
                "c": places[name],
                "p": score.passed,
                "v": _finite(score.value),
                "s": score.status,
                "r": _text(score.reason),
            }
            for name, score in sample.scores.items()
            if name in places
        ],
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and abs(value) < 1e12 else None


@lru_cache(maxsize=4096)  # names, roles and the messages that every case shares
def _text(text: str) -> str:
    return visible(shorten(text, MOST))
