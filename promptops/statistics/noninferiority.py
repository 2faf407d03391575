"""Whether paired answers got worse by a margin: one-sided p-values at a difference of −margin, in both directions.

Counts as in `paired_proportions`: `b` cases fell, `c` rose, of `n`. Tango's own p, from the normal distribution, is too
small at the boundary: up to 8.8% where 5% is meant, for 12 to 200 cases. So whole counts are decided by the exact
unconditional test, and what is too many for it, or parts of a case, with half a case of continuity correction.
"""

from __future__ import annotations

from functools import lru_cache
from math import erfc, inf, sqrt
from typing import NamedTuple

from promptops.statistics.paired_proportions import tango_variance

EXACT_MOST = 300
"""The most cases that are decided exactly; both p-values take about 10 ms there."""
CONTINUITY = 0.5
"""In cases: what `corrected_drop_test` holds against each claim."""


class DropTest(NamedTuple):
    """Small `p_no_worse` proves that the drop is less than the margin; small `p_worse` that it is more."""

    p_no_worse: float
    p_worse: float


@lru_cache(maxsize=4096)
def exact_drop_test(b: int, c: int, n: int, margin: float) -> DropTest:
    """Exact unconditional p-values: never too small, wherever the truth lies.

    The chance of what was seen, and of anything that Tango's statistic ranks as extreme, is summed over all outcomes
    and maximised over what the hypothesis leaves open, the share of cases that change. For up to `EXACT_MOST` cases.
    ValueError unless b, c ≥ 0, b + c ≤ n, n ≥ 1 and 0 ≤ margin ≤ 1.

    Source: I. S. F. Chan and Z. Zhang, "Test-based exact confidence intervals for the difference of two binomial
    proportions", Biometrics 55 (1999), 1202–1209; for pairs, and that no lesser truth errs more than −margin:
    H.-M. Hsueh, J.-P. Liu and J. J. Chen, "Unconditional exact tests for equivalence or noninferiority for paired
    binary endpoints", Biometrics 57 (2001), 478–483.
    """
    _check(b, c, n, margin)
    from promptops.statistics.paired_outcomes import paired_outcomes

    outcomes = paired_outcomes(n, margin)
    seen = outcomes.score(b, c)
    return DropTest(*(outcomes.greatest_chance(tail(seen)) for tail in (outcomes.at_least, outcomes.at_most)))


def corrected_drop_test(b: float, c: float, n: int, margin: float) -> DropTest:
    """Tango's score p-values, half a case against each claim; parts of cases count as parts. Errors as above.

    Source: T. Tango, Statistics in Medicine 17 (1998), 891–908.
    """
    _check(b, c, n, margin)
    spread = sqrt(n * tango_variance(b / n, c / n, -margin))
    distance = c - b + n * margin
    return DropTest(_upper_tail(distance - CONTINUITY, spread), _upper_tail(-distance - CONTINUITY, spread))


def _upper_tail(distance: float, spread: float) -> float:
    z = distance / spread if spread else inf if distance > 0 else -inf
    return erfc(z / sqrt(2)) / 2


def _check(b: float, c: float, n: int, margin: float) -> None:
    if n < 1 or b < 0 or c < 0 or b + c > n:
        raise ValueError(f"{b} and {c} of {n} are not paired counts")
    if not 0 <= margin <= 1:
        raise ValueError(f"a margin lies between 0 and 1, not {margin}")
