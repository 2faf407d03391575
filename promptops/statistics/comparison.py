"""What to say about per-case values, chosen as the design's statistics ask.

`values` holds one number a case or cluster: its passes averaged over its trials or cases, in [0, 1]. A rate has Clopper
and Pearson's interval, for any n. Base and head are paired by position: all 0 or 1 (one trial, or trials that agree)
takes the closed forms, which hold for any n; anything else the bootstrap and the sign-flip test, which cannot tell
below 10 cases or when all are equal. The same seed gives the same numbers. Gates are for `decisions`; the intervals of
differences here are for orientation.

Near 0 and 1 a bootstrap is far too narrow: it has not seen the rare fail, and 11 cases at 1 with one at 2/3 would be
surer than 12 at 1. So an interval of averaged differences is never narrower than the closed form (see `tango` for why
that is cautious).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum, isfinite, log

from promptops.statistics.bootstrap import bootstrap_mean
from promptops.statistics.intervals import (
    Interval,
    Side,
    clopper_pearson,
    clopper_pearson_lower,
    clopper_pearson_upper,
    interval_hull,
)
from promptops.statistics.paired_proportions import mcnemar_exact, tango
from promptops.statistics.permutation import sign_flip

_DIGITS = 12  # 2/3 − 1/3 and 1 − 2/3 differ in the 17th; nobody's difference is that small


@dataclass(frozen=True, slots=True)
class Rate:
    """The mean of n cases or clusters, with its interval."""

    n: int
    mean: float
    interval: Interval


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


def rate(values: Sequence[float], confidence: float = 0.95) -> Rate:
    """A rate with Clopper and Pearson's interval, over the sum of the values.

    ValueError when empty, or for a value outside [0, 1].
    """
    _check_shares(values)
    n, passes = len(values), fsum(values)
    return Rate(n, passes / n, clopper_pearson(passes, n, confidence))


def rate_bound(values: Sequence[float], side: Side, confidence: float = 0.95) -> float:
    """One-sided bound of a rate, Clopper and Pearson's, for `atLeast`. Errors as `rate`."""
    _check_shares(values)
    bound = clopper_pearson_lower if side == "lower" else clopper_pearson_upper
    return bound(fsum(values), len(values), confidence)


def difference(base: Sequence[float], head: Sequence[float], seed: int = 0) -> Difference:
    """Head against base: exact McNemar and Tango when all values are 0 or 1, else sign-flip and the wider of
    BCa and Tango.

    ValueError when empty, outside [0, 1] or of different lengths.
    """
    changes = paired_changes(base, head)
    n, worse, better = len(changes), sum(d < 0 for d in changes), sum(d > 0 for d in changes)
    if all_binary(base) and all_binary(head):
        return Difference(n, (better - worse) / n, tango(worse, better, n), mcnemar_exact(worse, better), worse, better)
    found, closed = bootstrap_mean(changes, seed=seed), tango(*falls_and_rises(changes), n)
    interval = interval_hull(found, closed) if found else None
    return Difference(n, fsum(changes) / n, interval, sign_flip(changes, seed), worse, better)


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
    found = bootstrap_mean(logs, seed=seed)
    interval = Interval(exp(found.low), exp(found.high)) if found else None
    return Ratio(len(logs), exp(fsum(logs) / len(logs)), interval, sign_flip(logs, seed))


def all_binary(values: Sequence[float]) -> bool:
    """Whether every value is a plain yes or no."""
    return all(value in (0, 1) for value in values)


def falls_and_rises(changes: Sequence[float]) -> tuple[float, float]:
    """The sum of what fell and the sum of what rose, in cases, both ≥ 0."""
    return fsum(-d for d in changes if d < 0), fsum(d for d in changes if d > 0)


def paired_changes(base: Sequence[float], head: Sequence[float]) -> list[float]:
    """Head − base a case, without the rounding of averages. Errors as `difference`."""
    _check_lengths(base, head)
    _check_shares(base)
    _check_shares(head)
    return [round(h - b, _DIGITS) for b, h in zip(base, head, strict=True)]


def _check_shares(values: Sequence[float]) -> None:
    if not values or not all(0 <= value <= 1 for value in values):
        raise ValueError("no values" if not values else "a value is not a finite number from 0 to 1")


def _check_lengths(base: Sequence[float], head: Sequence[float]) -> None:
    if len(base) != len(head):
        raise ValueError(f"{len(base)} cases cannot be paired with {len(head)}")
