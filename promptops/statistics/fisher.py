"""Two shares of different runs, where only the counts are known."""

from __future__ import annotations

from math import comb


def fisher_exact_less(before: int, n_before: int, now: int, n_now: int) -> float:
    """One-sided exact p of Fisher's test, that the share is no smaller now than before; 1.0 where nothing tells.

    `before` of `n_before` passed, and `now` of `n_now`. For the same cases answered twice it is cautious: what pairs
    have in common makes a difference rarer than the test supposes. ValueError for counts that cannot be.

    Source: R. A. Fisher, "On the interpretation of χ² from contingency tables, and the calculation of P", Journal of
    the Royal Statistical Society 85 (1922).
    """
    if not (0 <= before <= n_before and 0 <= now <= n_now):
        raise ValueError(f"{before} of {n_before} and {now} of {n_now} are not counts")
    passed, total = before + now, n_before + n_now
    least = max(0, passed - n_before)
    tail = sum(comb(n_now, k) * comb(n_before, passed - k) for k in range(least, now + 1))
    return tail / comb(total, passed)
