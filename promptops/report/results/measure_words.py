"""Cost, latency and tokens in words."""

from __future__ import annotations

from statistics import median

from promptops.model.results import Comparison, MeasureComparison
from promptops.report.results.results_view import ResultsView
from promptops.text import humanize


def measures(view: ResultsView, comparison: Comparison) -> list[tuple[str, str]]:
    """Label and words of cost, latency and tokens out: (`cost`, `$0.41 → $0.44 per 1,000, 8% more`).

    A difference has a word only where it is proven and matters.
    """
    found: dict[str, MeasureComparison] = {measure.name: measure for measure in comparison.measures}
    labels = {"cost": "cost", "latency": "latency", "output tokens": "tokens out"}
    told = {name: _measure(found[name]) for name in labels if name in found}
    if "latency" in told and (earlier := _earlier_latency(view, comparison.model)):
        told["latency"] = earlier
    return [(labels[name], words) for name, words in told.items()]


def _earlier_latency(view: ResultsView, model: str) -> str:
    """`1.2 s (median), as measured on 2026-11-30`, where no reply of the head was called in this run."""
    replies = [sample for sample in view.head_samples(model) if not sample.error]
    known = [sample.latency for sample in replies if sample.latency is not None]
    if not known or not all(sample.cached for sample in replies):
        return ""
    days = sorted({sample.asked[:10] for sample in replies if sample.asked})
    when = "earlier" if not days else f"on {days[0]}" if len(days) == 1 else f"from {days[0]} to {days[-1]}"
    return f"{humanize.duration(median(known))} (median), as measured {when}"


def _measure(measure: MeasureComparison) -> str:
    before, after = measure.base, measure.head
    if measure.name == "cost":
        old, new = humanize.dollars(before), humanize.dollars(after)
        alone, unit = (
            humanize.cost_per_1000(after),
            "" if "unknown" in (old, new) or after == 0 else " per 1,000 replies",
        )
    elif measure.name == "latency":
        old, new, unit = humanize.duration(before), humanize.duration(after), " (median)"
        alone = f"{new}{unit}" if after is not None else "not measured (too few replies were called in this run)"
    else:
        old, new, unit = humanize.token_count(before), humanize.token_count(after), ""
        alone = new
    if before is None or after is None or (before == 0 and after == 0):
        return alone
    told = humanize.ratio_words(measure).removeprefix("costs ")
    return f"{old} → {new}{unit}{f', {told}' if told else ''}"
