"""Paired differences that are not yes or no: a sign-flip test and a bootstrap interval.

`differences` holds head − base, one number a case. With fewer than 10 cases, or all differences equal, neither can
tell anything: None.
"""

from __future__ import annotations

from collections.abc import Sequence

from promptops.statistics.intervals import LEAST_FOR_BOOTSTRAP, Interval, all_equal, bootstrap_mean

_BATCH_SIGNS = 2_000_000  # signs held at once: 16 MB


def sign_flip(differences: Sequence[float], seed: int = 0, resamples: int = 10_000) -> float | None:
    """Two-sided p that the mean difference is 0, by flipping the signs of the differences.

    All 2ⁿ flips where they are no more than `resamples` (n ≤ 13 by default), otherwise that many random ones, the
    observed one counted in, so p is never 0. It assumes that without an effect a difference is as likely up as down.
    None as the module says; ValueError unless resamples ≥ 1.

    Source: R. A. Fisher, "The Design of Experiments" (1935), §21; the count of the observed one: B. Phipson and
    G. K. Smyth, "Permutation p-values should never be zero", SAGMB 9 (2010).
    """
    if resamples < 1:
        raise ValueError(f"{resamples} resamples are none")
    n = len(differences)
    if n < LEAST_FOR_BOOTSTRAP or all_equal(differences):
        return None
    import numpy as np

    values = np.asarray(differences, dtype=float)
    # Sums of the same numbers in another order differ by rounding; such a tie is as extreme as what was seen.
    observed = abs(float(values.sum())) - 1e-12 * float(np.abs(values).sum())
    exact = 2**n <= resamples
    total = 2**n if exact else resamples
    rng = np.random.default_rng(seed)
    step = max(1, _BATCH_SIGNS // n)
    extreme = 0
    for start in range(0, total, step):
        rows = min(step, total - start)
        if exact:
            flips = (np.arange(start, start + rows)[:, None] >> np.arange(n)) & 1
        else:
            flips = rng.integers(0, 2, size=(rows, n))
        extreme += int(np.count_nonzero(np.abs((1.0 - 2.0 * flips) @ values) >= observed))
    return extreme / total if exact else (extreme + 1) / (total + 1)


def bca_difference(differences: Sequence[float], confidence: float = 0.95, seed: int = 0) -> Interval | None:
    """BCa bootstrap interval of the mean difference, unadjusted; None as the module says.

    Source: B. Efron, JASA 82 (1987); see `bootstrap_mean`.
    """
    return bootstrap_mean(differences, confidence, seed)
