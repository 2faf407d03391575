"""Every outcome that n paired yes/no answers can have, for exact tests. Imports numpy: import it where it is used.

An outcome is how many cases fell (`b`) and how many rose (`c`), b + c ≤ n: 45,451 of them for 300 cases.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from math import lgamma, pi, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Outcomes = NDArray[np.bool_]
"""Which outcomes are meant, in the order of `PairedOutcomes.falls`."""

_TIE = 1e-9  # scores closer than this are one score, seen through rounding
_ROUNDS = 3


class PairedOutcomes:
    """The outcomes of n pairs, ranked by Tango's score at a difference of −margin: high speaks for a lesser drop."""

    def __init__(self, n: int, margin: float) -> None:
        self.n, self.margin = n, margin
        self.rises, self.falls = np.nonzero(np.tri(n + 1)[::-1])

    @cached_property
    def scores(self) -> Floats:
        """Tango's score statistic of each outcome, the variance being that of `tango_variance`."""
        b, c, difference = self.falls / self.n, self.rises / self.n, -self.margin
        linear, constant = (2 - c + b) * difference - b - c, -b * difference * (1 - difference)
        falls = (np.sqrt(np.maximum(linear * linear - 8 * constant, 0.0)) - linear) / 4
        variance = np.maximum(2 * falls + difference * (1 - difference), 0.0)
        distance = c - b - difference
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.abs(distance) < _TIE, 0.0, distance / np.sqrt(variance / self.n))

    def at_least(self, score: float) -> Outcomes:
        """The outcomes that speak as much or more for a lesser drop."""
        return self.scores >= score - _TIE

    def at_most(self, score: float) -> Outcomes:
        """The outcomes that speak as much or more for a greater drop."""
        return self.scores <= score + _TIE

    def score(self, falls: int, rises: int) -> float:
        """The score of one outcome."""
        before = rises * (self.n + 1) - rises * (rises - 1) // 2
        return float(self.scores[before + falls])

    def greatest_chance(self, outcomes: Outcomes) -> float:
        """The chance of `outcomes` if head is worse by the margin, with the share of changes that makes it greatest.

        The share that rises is tried from 0 to (1 − margin)/2 in steps finer than the chance can turn, then again
        around the best: within 1e-5 of the greatest there is.
        """
        angles, best = np.linspace(0, pi / 2, 32 + int(4 * sqrt(self.n))), 0.0
        for _ in range(_ROUNDS):
            rises = (1 - self.margin) / 2 * np.sin(angles) ** 2
            chances = self.chances(outcomes, rises + self.margin, rises)
            top = int(chances.argmax())
            best = max(best, float(chances[top]))
            angles = np.linspace(angles[max(top - 1, 0)], angles[min(top + 1, len(angles) - 1)], 9)
        return min(1.0, best)

    def chances(self, outcomes: Outcomes, falls: Floats, rises: Floats) -> Floats:
        """The chance of `outcomes` for each pair of true shares that fall and rise, by position; rises ≤ falls.

        A sum over a trinomial distribution, as one product of matrices: all shares are divided by the greatest, so
        that no power overflows, and what is lost to underflow is below 1e-100.
        """
        same = np.maximum(1 - falls - rises, 0.0)
        by_same, found = same >= falls, np.empty_like(falls)
        for here, counts, share, greatest in (
            (by_same, self.falls, falls, same),
            (~by_same, self.n - self.falls - self.rises, same, falls),
        ):
            ways = np.zeros((self.n + 1, self.n + 1))
            ways[counts[outcomes], self.rises[outcomes]] = self._ways[outcomes]
            powers = np.arange(self.n + 1)[:, None]
            row, column = ((part[here] / greatest[here]) ** powers for part in (share, rises))
            found[here] = greatest[here] ** self.n * (row * (ways @ column)).sum(axis=0)
        return found

    def no_worse(self, level: float) -> Outcomes:
        """The outcomes that prove a drop of less than the margin, with an error of at most `level`."""
        steps = np.unique(np.round(self.scores, 9))
        low, high = 0, len(steps)  # step `high` and all above prove it
        while low < high:
            middle = (low + high) // 2
            proven = self.greatest_chance(self.at_least(float(steps[middle]))) <= level
            low, high = (low, middle) if proven else (middle + 1, high)
        return self.at_least(float(steps[low])) if low < len(steps) else np.zeros(len(self.scores), dtype=bool)

    @cached_property
    def _ways(self) -> Floats:
        """In how many ways each outcome comes about: at most 3ⁿ, which a float holds up to 645 pairs."""
        factorial = np.array([lgamma(k + 1) for k in range(self.n + 1)])
        same = self.n - self.falls - self.rises
        return np.asarray(np.exp(factorial[self.n] - factorial[self.falls] - factorial[self.rises] - factorial[same]))


@lru_cache(maxsize=16)
def paired_outcomes(n: int, margin: float) -> PairedOutcomes:
    """The outcomes of n pairs, kept for the next question about them."""
    return PairedOutcomes(n, margin)
