"""Corrections of p-values for multiple comparisons."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given: `weighted_holm` with equal weights and every test made."""
    return [p for p in weighted_holm(p_values, [1.0] * len(p_values)) if p is not None]


def weighted_holm(p_values: Sequence[float | None], weights: Sequence[float]) -> list[float | None]:
    """Holm's adjusted p-values when some claims matter more: compare each with the level as it stands.

    Weights are relative. None is a test that could not be made: it stays None, and its weight stays unspent, as if its
    p were 1. Controls the chance of any false claim, whatever the dependence between the tests. Never smaller than
    the raw value, never above 1. ValueError for a p outside [0, 1] (NaN too), a weight that is not positive, or
    different lengths.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979), 65–70; weighted in its section 4.
    """
    if not all(p is None or 0 <= p <= 1 for p in p_values):
        raise ValueError("a p-value lies between 0 and 1")
    if len(p_values) != len(weights) or not all(0 < weight < float("inf") for weight in weights):
        raise ValueError("each test has one weight above 0")
    tested = [
        (p / weight, index, p) for index, (p, weight) in enumerate(zip(p_values, weights, strict=True)) if p is not None
    ]
    adjusted: list[float | None] = [None] * len(p_values)
    left, largest = list(weights), 0.0
    for _, index, p in sorted(tested):
        # The sum is taken anew each time: what remains of a running one would be rounding.
        largest = max(largest, p * (sum(left) / weights[index]))
        adjusted[index] = min(1.0, max(p, largest))
        left[index] = 0.0
    return adjusted
