"""Confidence intervals of a rate.

`confidence` is the coverage of an interval, and the one-sided coverage of a bound. All results are shares;
nothing here rounds.
"""

from __future__ import annotations

from math import sqrt
from typing import Literal, NamedTuple

from promptops.statistics.beta_distribution import beta_quantile

Side = Literal["lower", "upper"]

_QUANTILES = {0.95: 1.6448536269514715, 0.8: 0.8416212335729144, 0.975: 1.9599639845400536}


class Interval(NamedTuple):
    """A two-sided interval, low ≤ high, both ends included."""

    low: float
    high: float


def quantile(share: float) -> float:
    """The z below which `share` of the normal distribution lies; share in (0, 1)."""
    if share in _QUANTILES:
        return _QUANTILES[share]
    from statistics import NormalDist  # takes 4 ms to import, a third of a bare start, and lint asks for these two only

    return NormalDist().inv_cdf(share)


def z_two_sided(confidence: float) -> float:
    """The z that leaves (1 − confidence)/2 of the normal distribution on each side. ValueError outside (0, 1)."""
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not {confidence}")
    return quantile((1 + confidence) / 2)


def z_one_sided(confidence: float) -> float:
    """The z that leaves 1 − confidence above it. ValueError outside [0.5, 1): a bound must not cross its estimate."""
    if not 0.5 <= confidence < 1:
        raise ValueError(f"a one-sided bound needs a confidence of at least 0.5 and below 1, not {confidence}")
    return quantile(confidence)


def t_two_sided(confidence: float, freedom: int) -> float:
    """The t that leaves (1 − confidence)/2 of Student's distribution with so many degrees of freedom on each side.

    ValueError outside (0, 1). Source: DLMF 8.17; P(|T| > t) is the incomplete beta function at f/(f + t²).
    """
    z_two_sided(confidence)
    share = beta_quantile(1 - confidence, freedom / 2, 0.5)
    return sqrt(freedom * (1 - share) / share)


def clopper_pearson(successes: float, n: int, confidence: float = 0.95) -> Interval:
    """Clopper and Pearson's exact interval of `successes` in `n`; never covers less than it says, from n = 1.

    `successes` may be a sum of shares, one a case or cluster: the incomplete beta function takes real numbers. A share
    with mean p varies by at most p(1 − p), which yes or no reaches, so the interval is then wider than need be.
    ValueError unless 0 ≤ successes ≤ n and n ≥ 1.

    Source: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26 (1934). Of shares: decision 0005, with R. Bhatia and C. Davis, "A better bound on the
    variance", American Mathematical Monthly 107 (2000).
    """
    z_two_sided(confidence)
    outside = (1 - confidence) / 2
    return Interval(_exact_low(successes, n, outside), 1.0 - _exact_low(n - successes, n, outside))


def clopper_pearson_lower(successes: float, n: int, confidence: float = 0.95) -> float:
    """One-sided lower bound: 29 of 29 gives 0.90, 28 of 28 does not. Errors and source as `clopper_pearson`."""
    z_one_sided(confidence)
    return _exact_low(successes, n, 1 - confidence)


def clopper_pearson_upper(successes: float, n: int, confidence: float = 0.95) -> float:
    """One-sided upper bound: 0 of 29 gives 0.10. Errors and source as `clopper_pearson`."""
    z_one_sided(confidence)
    return 1.0 - _exact_low(n - successes, n, 1 - confidence)


def interval_hull(one: Interval, other: Interval) -> Interval:
    """The interval that holds both."""
    return Interval(min(one.low, other.low), max(one.high, other.high))


def _exact_low(successes: float, n: int, outside: float) -> float:
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a rate")
    return float(beta_quantile(outside, successes, n - successes + 1)) if successes > 0 else 0.0
