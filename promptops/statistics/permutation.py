"""The sign-flip test of paired differences that are not yes or no."""

from __future__ import annotations

from collections.abc import Sequence

from promptops.statistics.bootstrap import is_uninformative

_BATCH = 500_000  # signs, or sums of flipped differences, held at once: 4 MB


def sign_flip(differences: Sequence[float], seed: int = 0, resamples: int = 10_000) -> float | None:
    """Two-sided p that the mean difference (head − base, one number a case) is 0, by flipping the signs.

    All 2ⁿ flips where they are no more than `resamples` (n ≤ 13 by default), otherwise that many random ones, the
    observed one counted in, so p is never 0. It assumes that without an effect a difference is as likely up as down.
    None with fewer than 10 cases, or all differences equal. ValueError unless resamples ≥ 1.

    Source: R. A. Fisher, "The Design of Experiments" (1935), §21; the count of the observed one: B. Phipson and
    G. K. Smyth, "Permutation p-values should never be zero", SAGMB 9 (2010).
    """
    return sign_flips([differences], seed, resamples)[0]


def sign_flips(samples: Sequence[Sequence[float]], seed: int = 0, resamples: int = 10_000) -> list[float | None]:
    """`sign_flip` of each sample, all of one length: they share the signs, so many cost little more than one."""
    if resamples < 1:
        raise ValueError(f"{resamples} resamples are none")
    informative = [not is_uninformative(differences) for differences in samples]
    if not any(informative):
        return [None] * len(samples)
    import numpy as np

    values = np.array([one for one, told in zip(samples, informative, strict=True) if told], dtype=float).T
    n, count = values.shape
    # Sums of the same numbers in another order differ by rounding; such a tie is as extreme as what was seen.
    observed = np.abs(values.sum(axis=0)) - 1e-12 * np.abs(values).sum(axis=0)
    exact = 2**n <= resamples
    total = 2**n if exact else resamples
    rng = np.random.default_rng(seed)
    step = max(1, _BATCH // max(n, count))
    extreme = np.zeros(count, dtype=int)
    for start in range(0, total, step):
        rows = min(step, total - start)
        if exact:
            flips = (np.arange(start, start + rows)[:, None] >> np.arange(n)) & 1
        else:
            flips = rng.integers(0, 2, size=(rows, n))
        sums = (1.0 - 2.0 * flips) @ values
        extreme += np.count_nonzero(np.abs(sums, out=sums) >= observed, axis=0)
    found = iter(extreme / total if exact else (extreme + 1) / (total + 1))
    return [float(next(found)) if told else None for told in informative]
