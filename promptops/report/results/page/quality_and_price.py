"""The picture of quality beside cost and time: a point for each version with each model, with the bars it has."""

from __future__ import annotations

from typing import Any

from promptops.model.results import Comparison, MeasureComparison, RateSummary, Side
from promptops.report.results.results_view import ResultsView

_AXES = ("cost", "latency")


def quality_and_price(view: ResultsView) -> dict[str, Any]:
    """`cost` (US dollars per 1,000) and `latency` (seconds): for each arm [value, low, high] or None; `rates`: the same
    for each criterion, as shares. low and high are None where no interval is known. Empty with one arm alone.
    """
    arms = view.results.arms
    if len(arms) < 2:
        return {}
    by_model = {comparison.model: comparison for comparison in view.results.comparisons}
    found: dict[str, Any] = {
        name: [_measured(by_model.get(arm.model), name, arm.side) for arm in arms] for name in _AXES
    }
    if not any(value for name in _AXES for value in found[name]):
        return {}
    found["rates"] = [
        [_rate(by_model.get(arm.model), info.name, arm.side) for arm in arms] for info in view.results.criteria
    ]
    return found


def _measured(comparison: Comparison | None, name: str, side: Side) -> list[float | None] | None:
    """What a version costs or takes; the newer one's bar is where the older one's figure times the ratio lies."""
    measure = next((one for one in comparison.measures if one.name == name), None) if comparison else None
    value = getattr(measure, side) if measure else None
    if measure is None or value is None:
        return None
    low, high = _bar(measure) if side == "head" else (None, None)
    return [value, low, high]


def _bar(measure: MeasureComparison) -> tuple[float | None, float | None]:
    if measure.base is None or measure.low is None or measure.high is None:
        return None, None
    return measure.base * measure.low, measure.base * measure.high


def _rate(comparison: Comparison | None, criterion: str, side: Side) -> list[float | None] | None:
    found = next((one for one in comparison.criteria if one.criterion == criterion), None) if comparison else None
    rate: RateSummary | None = getattr(found, side) if found else None
    return None if rate is None else [rate.rate, rate.low, rate.high]
