"""Cost, latency and tokens of base and head."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Literal

from promptops.evals.paired_values import average_by_case, paired_cases, unit_values
from promptops.model.results import MeasureComparison, Sample
from promptops.statistics.comparison import log_ratio

MeasureName = Literal["cost", "latency", "output tokens", "input tokens"]
TESTED: tuple[MeasureName, ...] = ("cost", "latency")
"""Tokens are shown and never tested: what they matter for is the cost."""


def compare_measures(
    base: Sequence[Sample] | None, head: Sequence[Sample], clusters: Mapping[str, str] | None = None
) -> tuple[MeasureComparison, ...]:
    """Cost per 1,000 replies (mean), latency (median, only where both sides were called in this run), tokens (mean).

    p-values are not yet corrected, so nothing is said of a difference yet.
    """
    names: tuple[MeasureName, ...] = (*TESTED, "output tokens", "input tokens")
    return tuple(_measure(name, base, head, clusters or {}) for name in names)


def cost_of(sample: Sample) -> float | None:
    """US dollars of a reply; None where it failed or the cost is not known."""
    return None if sample.error else sample.cost


def _value(name: MeasureName) -> Callable[[Sample], float | None]:
    def value(sample: Sample) -> float | None:
        if sample.error:
            return None
        if name == "latency":
            return None if sample.cached else sample.latency
        tokens = sample.output_tokens if name == "output tokens" else sample.input_tokens
        return None if tokens is None else float(tokens)

    return cost_of if name == "cost" else value


def _measure(
    name: MeasureName, base: Sequence[Sample] | None, head: Sequence[Sample], clusters: Mapping[str, str]
) -> MeasureComparison:
    unit = {"cost": "usd per 1000", "latency": "seconds"}.get(name, "tokens")
    after = average_by_case(head, _value(name))
    if base is None:
        return MeasureComparison(name, unit, None, _average(name, unit_values(after, after, clusters)))
    before = average_by_case(base, _value(name))
    cases = paired_cases(before, after)
    old, new = (unit_values(values, cases, clusters) for values in (before, after))
    result = MeasureComparison(name, unit, _average(name, old), _average(name, new), len(cases))
    ratio = log_ratio(old, new) if cases else None
    if ratio is None:
        return result
    return replace(
        result,
        ratio=ratio.ratio,
        low=ratio.interval.low if ratio.interval else None,
        high=ratio.interval.high if ratio.interval else None,
        p_value=ratio.p_value if name in TESTED else None,
        verdict="cannot tell" if name in TESTED else "not tested",
    )


def _average(name: MeasureName, values: Sequence[float]) -> float | None:
    if not values:
        return None
    return median(values) if name == "latency" else sum(values) / len(values) * (1000 if name == "cost" else 1)
