"""Whether paired yes/no answers got worse by a margin: one-sided p-values at a difference of −margin.

Counts as in `paired_proportions`: `b` fell, `c` rose, of `n`; parts of a case (averaged trials, clusters) as floats.
"""

from __future__ import annotations

from math import inf, sqrt

from promptops.statistics.paired_proportions import tango_variance

_CONTINUITY = 0.5  # cases


def p_no_worse(b: float, c: float, n: int, margin: float) -> float:
    """One-sided p that the drop is `margin` or more: small proves that head is no worse than base by `margin`."""
    return _upper_tail(_score(b, c, n, margin, -_CONTINUITY))


def p_worse(b: float, c: float, n: int, margin: float) -> float:
    """One-sided p that the drop is `margin` or less: small proves that head is worse than base by more."""
    return _upper_tail(-_score(b, c, n, margin, _CONTINUITY))


def _score(b: float, c: float, n: int, margin: float, correction: float) -> float:
    """Tango's score statistic at −margin, `correction` in cases."""
    if n < 1 or b < 0 or c < 0 or b + c > n + 1e-9:
        raise ValueError(f"{b} and {c} of {n} are not paired counts")
    if not 0 <= margin <= 1:
        raise ValueError(f"a margin lies between 0 and 1, not {margin}")
    distance = c - b + n * margin + correction
    spread = sqrt(n * tango_variance(b / n, c / n, -margin))
    return distance / spread if spread else (0.0 if not distance else inf if distance > 0 else -inf)


def _upper_tail(z: float) -> float:
    from statistics import NormalDist

    return 1.0 - NormalDist().cdf(z) if z < 0 else NormalDist().cdf(-z)
