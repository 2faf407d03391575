"""The same cases answered yes or no before and after: an exact test and a score interval.

Counts, everywhere here: `b` cases fell from pass to fail, `c` rose from fail to pass, `n` is all cases, unchanged ones
included. The difference is head − base, (c − b)/n, a share in [−1, 1]. For Tango's interval, cases may fall and rise by
a part: `b` is then the sum of the falls, `c` of the rises.
"""

from __future__ import annotations

from math import sqrt

from promptops.statistics.intervals import Interval, z_two_sided

_WIDTH = 1e-13  # bisection stops here; about 44 steps, 20 µs


def mcnemar_exact(b: int, c: int) -> float:
    """Two-sided exact p of McNemar's test, that falls and rises are equally likely; 1.0 when nothing changed.

    ValueError for negative counts. Fewer than 6 changed cases can never give p < 0.05.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947); exact in the binomial distribution given b + c.
    """
    if b < 0 or c < 0:
        raise ValueError(f"{b} and {c} are not counts")
    changed = b + c
    term = tail = 1
    for k in range(min(b, c)):
        term = term * (changed - k) // (k + 1)
        tail += term
    return min(1.0, 2 * tail / (1 << changed))


def tango(b: float, c: float, n: int, confidence: float = 0.95) -> Interval:
    """Tango's score interval of the paired difference; holds at b = c = 0, b = n and c = n, and from n = 1.

    Parts count as parts: a difference d in [−1, 1] has d² ≤ |d|, so it varies by at most (b + c)/n − ((c − b)/n)²,
    which whole falls and rises reach. The interval is then wider than need be, never narrower.
    ValueError unless b, c ≥ 0 and b + c ≤ n and n ≥ 1.

    Source: T. Tango, "Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design", Statistics in Medicine 17 (1998), 891–908.
    """
    z = z_two_sided(confidence)
    return Interval(_tango_low(b, c, n, z), -_tango_low(c, b, n, z))


def tango_variance(b: float, c: float, difference: float) -> float:
    """Variance of one pair's difference, were the true difference `difference`.

    `b` and `c` are shares of all pairs here. The share of falls that fits them best (maximum likelihood under the
    hypothesis) is the larger root of a quadratic.
    """
    linear = (2 - c + b) * difference - b - c
    constant = -b * difference * (1 - difference)
    falls = (sqrt(max(linear * linear - 8 * constant, 0.0)) - linear) / 4
    return max(2 * falls + difference * (1 - difference), 0.0)


def _tango_low(b: float, c: float, n: int, z: float) -> float:
    """The difference below the estimate at which the score statistic reaches z: the statistic falls as it rises."""
    if n < 1 or b < 0 or c < 0 or b + c > n:
        raise ValueError(f"{b} and {c} of {n} are not paired counts")
    estimate, share_b, share_c = (c - b) / n, b / n, c / n
    low, high = -1.0, estimate
    while high - low > _WIDTH:
        middle = (low + high) / 2
        variance = tango_variance(share_b, share_c, middle)
        if (estimate - middle) > z * sqrt(variance / n):
            low = middle
        else:
            high = middle
    return (low + high) / 2
