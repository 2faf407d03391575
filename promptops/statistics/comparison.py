"""What to say about per-case values, chosen as the design's statistics ask.

`values` holds one number a case: its passes averaged over its trials, in [0, 1]. All 0 or 1 (one trial, or trials that
agree) takes the closed forms, which hold for any n; anything else the bootstrap and the sign-flip test, which cannot
tell below 10 cases or when all are equal. Base and head are paired by position. The same seed gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum, isfinite, log

from promptops.statistics.intervals import (
    Interval,
    Side,
    bootstrap_mean,
    bootstrap_mean_bound,
    wilson,
    wilson_lower,
    wilson_upper,
)
from promptops.statistics.paired import mcnemar_exact, tango, tango_bound
from promptops.statistics.permutation import bca_difference, sign_flip

_DIGITS = 12  # 2/3 − 1/3 and 1 − 2/3 differ in the 17th; nobody's difference is that small


@dataclass(frozen=True, slots=True)
class Rate:
    """The mean of n cases. No interval: cannot tell."""

    n: int
    mean: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Head − base over n paired cases. The interval is 95% and unadjusted, p two-sided; None: cannot tell."""

    n: int
    estimate: float
    interval: Interval | None
    p_value: float | None
    worse: int
    better: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """Head/base over n usable pairs: the geometric mean, so 0.5 is half. Interval and p as in Difference."""

    n: int
    ratio: float
    interval: Interval | None
    p_value: float | None


def rate(values: Sequence[float], confidence: float = 0.95, seed: int = 0) -> Rate:
    """A rate with its interval: Wilson's when all values are 0 or 1, else BCa over cases. ValueError when empty."""
    _check(values)
    n, mean = len(values), fsum(values) / len(values)
    if _yes_no(values):
        return Rate(n, mean, wilson(_count(values), n, confidence))
    return Rate(n, mean, bootstrap_mean(values, confidence, seed))


def rate_bound(values: Sequence[float], side: Side, confidence: float = 0.95, seed: int = 0) -> float | None:
    """One-sided bound of a rate, for `atLeast`. None: cannot tell. ValueError when empty."""
    _check(values)
    if not _yes_no(values):
        return bootstrap_mean_bound(values, side, confidence, seed)
    bound = wilson_lower if side == "lower" else wilson_upper
    return bound(_count(values), len(values), confidence)


def difference(base: Sequence[float], head: Sequence[float], seed: int = 0) -> Difference:
    """Head against base: exact McNemar and Tango when all values are 0 or 1, else sign-flip and BCa.

    ValueError when empty, not finite or of different lengths.
    """
    changes = _changes(base, head)
    n, worse, better = len(changes), sum(d < 0 for d in changes), sum(d > 0 for d in changes)
    if _yes_no(base) and _yes_no(head):
        return Difference(n, (better - worse) / n, tango(worse, better, n), mcnemar_exact(worse, better), worse, better)
    interval, p_value = bca_difference(changes, seed=seed), sign_flip(changes, seed)
    return Difference(n, fsum(changes) / n, interval, p_value, worse, better)


def difference_bound(
    base: Sequence[float], head: Sequence[float], side: Side, confidence: float = 0.95, seed: int = 0
) -> float | None:
    """One-sided bound of head − base, for `noWorseThanBase`. None: cannot tell. Errors as `difference`."""
    changes = _changes(base, head)
    if not (_yes_no(base) and _yes_no(head)):
        return bootstrap_mean_bound(changes, side, confidence, seed)
    worse, better = sum(d < 0 for d in changes), sum(d > 0 for d in changes)
    return tango_bound(worse, better, len(changes), side, confidence)


def log_ratio(base: Sequence[float], head: Sequence[float], seed: int = 0) -> Ratio | None:
    """Latency or cost, head/base a case, on log ratios: sign-flip test and BCa.

    Pairs with a value ≤ 0 or not finite are left out, as nothing is known of them; None when none is left.
    ValueError for different lengths.
    """
    _check_lengths(base, head)
    pairs = [(b, h) for b, h in zip(base, head, strict=True) if b > 0 and h > 0 and isfinite(b) and isfinite(h)]
    if not pairs:
        return None
    logs = [round(log(h) - log(b), _DIGITS) for b, h in pairs]
    found = bca_difference(logs, seed=seed)
    interval = Interval(exp(found.low), exp(found.high)) if found else None
    return Ratio(len(logs), exp(fsum(logs) / len(logs)), interval, sign_flip(logs, seed))


def _yes_no(values: Sequence[float]) -> bool:
    return all(value in (0, 1) for value in values)


def _count(values: Sequence[float]) -> int:
    return sum(value == 1 for value in values)


def _changes(base: Sequence[float], head: Sequence[float]) -> list[float]:
    _check_lengths(base, head)
    _check(base)
    _check(head)
    return [round(h - b, _DIGITS) for b, h in zip(base, head, strict=True)]


def _check(values: Sequence[float]) -> None:
    if not values or not all(map(isfinite, values)):
        raise ValueError("no values" if not values else "a value is not a finite number")


def _check_lengths(base: Sequence[float], head: Sequence[float]) -> None:
    if len(base) != len(head):
        raise ValueError(f"{len(base)} cases cannot be paired with {len(head)}")
