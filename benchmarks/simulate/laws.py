"""How answers, costs and times are drawn. Arrays: suites × units (cases, or clusters), each a mean of its replies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def equally_good(
    rng: np.random.Generator, suites: int, units: int, *, rate: float, discordant: float, replies: int
) -> tuple[Floats, Floats]:
    """Base and head with the same rate, `discordant` of the cases wavering: in each trial one of both sides passes.

    Which one is a coin's choice, so both sides are exchangeable; the other cases pass or fail always.
    """
    kind = rng.random((suites, units))
    steady = (kind < rate - discordant / 2).astype(float)
    wavering = (kind >= rate - discordant / 2) & (kind < rate + discordant / 2)
    share = rng.binomial(replies, 0.5, (suites, units)) / replies
    return np.where(wavering, share, steady), np.where(wavering, 1 - share, steady)


def equally_good_clusters(
    rng: np.random.Generator, suites: int, units: int, *, rate: float, discordant: float, size: int
) -> tuple[Floats, Floats]:
    """Means of clusters that pass or fail together: each has an ease of its own, and drifts up or down as a whole.

    The drift is as likely up as down and the same for all its cases: what makes single cases seem more than they are.
    """
    ease = rng.beta(2 * rate, 2 * (1 - rate), (suites, units))
    drift = discordant * rng.choice([-1.0, 0.0, 1.0], (suites, units))
    before, after = (np.clip(ease + sign * drift / 2, 0, 1) for sign in (-1, 1))
    return rng.binomial(size, before) / size, rng.binomial(size, after) / size


def worse_by(
    rng: np.random.Generator, suites: int, units: int, *, drop: float, discordant: float, replies: int
) -> tuple[Floats, Floats]:
    """Falls and rises, in cases, of each suite whose head is truly worse by `drop`; `discordant` changes besides.

    With one reply a case, `drop` of the cases fall. With several, twice as many fall in half of their replies each.
    """
    kind, depth = rng.random((suites, units)), 1.0 if replies == 1 else 0.5
    falling = kind < drop / depth
    share = rng.binomial(replies, depth, (suites, units)) / replies
    wavering = ~falling & (kind > 1 - discordant)
    swing = 2 * rng.binomial(replies, 0.5, (suites, units)) / replies - 1
    change = np.where(falling, -share, np.where(wavering, swing, 0.0))
    return np.asarray(-np.minimum(change, 0)), np.asarray(np.maximum(change, 0))


def passing(rng: np.random.Generator, suites: int, units: int, *, rate: float, replies: int) -> Floats:
    """Shares of passed replies; with several, each case has an ease of its own (beta, 3 pseudo-observations)."""
    if replies == 1:
        return np.asarray((rng.random((suites, units)) < rate).astype(float))
    return np.asarray(rng.binomial(replies, rng.beta(3 * rate, 3 * (1 - rate), (suites, units))) / replies)


def log_normal(rng: np.random.Generator, suites: int, units: int, *, spread: float, replies: int) -> Floats:
    """Cost or seconds a case, the mean of its replies; cases differ by a factor that both sides would share."""
    return np.asarray(np.exp(rng.normal(0, spread, (suites, units, replies))).mean(axis=2))
