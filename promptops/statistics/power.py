"""Statistical power: how many cases a gate or a comparison needs, and what it can show with n.

`power` is the chance of showing it when the assumption is true. Shares and differences are in [0, 1], never percent.
Functions that count cases give None where no number up to `limit` is enough. Rates are counted by the rule that decides
them; drops by `drop_power`, or in closed form where "about" will do.
"""

from __future__ import annotations

from math import ceil, erfc, exp, lgamma, log, log1p, sqrt

from promptops.statistics.intervals import quantile, z_one_sided, z_two_sided
from promptops.statistics.noninferiority import CONTINUITY, EXACT_MOST
from promptops.statistics.paired_proportions import tango_variance

LIMIT = 100_000


def cases_for_rate(
    at_least: float, assumed: float, confidence: float = 0.95, power: float = 0.8, limit: int = LIMIT
) -> int | None:
    """The fewest cases with which Clopper and Pearson's lower bound reaches `at_least` with probability `power`.

    `assumed` is the true rate; None when it is not above `at_least`. Binomial sums, not a normal approximation. Power
    is a sawtooth in n, so a few cases more than the answer may fall just short of it again.
    ValueError for shares outside [0, 1].
    """
    _check_shares(at_least, assumed)
    if at_least == 0:
        return 1
    if assumed <= at_least:
        return None
    if assumed == 1:
        needed = cases_for_rate_if_perfect(at_least, confidence)
        return needed if needed is not None and needed <= limit else None
    z, gap = z_one_sided(confidence), assumed - at_least
    spread = z * sqrt(at_least * (1 - at_least)) + _z_power(power) * sqrt(assumed * (1 - assumed))
    guess = max(0.0, spread / gap) ** 2
    # The sawtooth's teeth are about 1/gap wide; in a grid of 400 answers none lay two teeth below the normal guess.
    start = max(1, int(guess - 8 / gap))
    least = max(0, int(start * at_least))
    for n in range(start, limit + 1):
        while least <= n and _binomial_tail(least, n, at_least) > 1 - confidence:
            least += 1  # as n grows the fewest passes that prove it never fall
        if least <= n and _binomial_tail(least, n, assumed) >= power:
            return n
    return None


def cases_for_rate_if_perfect(at_least: float, confidence: float = 0.95) -> int | None:
    """Cases needed for the lower bound to reach `at_least` when every single one passes: 29 for 0.9, 59 for 0.95.

    None for 1: no number of cases proves that nothing can fail. ValueError outside [0, 1].
    """
    _check_shares(at_least)
    if at_least == 1:
        return None
    return max(1, ceil(log(1 - confidence) / log(at_least) - 1e-9)) if at_least else 1


def drop_power(n: int, margin: float, discordant: float, confidence: float = 0.95) -> float:
    """The chance that n paired cases show a drop of less than `margin`, when head is truly as good as base.

    By the rule that decides: every outcome of the exact test up to 300 cases (imports numpy, takes up to 0.1 s), beyond
    in closed form. `discordant` is the share of cases that change either way. ValueError for a margin or a share
    outside [0, 1].
    """
    _check_shares(margin, discordant)
    if n > EXACT_MOST:
        return approximate_drop_power(n, margin, discordant, confidence, CONTINUITY)
    if n < 1:
        return 0.0
    import numpy as np

    from promptops.statistics.paired_outcomes import paired_outcomes

    outcomes, share = paired_outcomes(n, margin), np.array([discordant / 2])
    return float(outcomes.chances(outcomes.no_worse(1 - confidence), share, share)[0])


def approximate_drop_power(
    n: int, margin: float, discordant: float, confidence: float = 0.95, correction: float = 0.0
) -> float:
    """`drop_power` in Tango's closed form, the inverse of `cases_for_drop`: plain arithmetic, a few percent off."""
    _check_shares(margin, discordant)
    at_margin = sqrt(tango_variance(discordant / 2, discordant / 2, -margin))
    short = z_one_sided(confidence) * at_margin - margin * sqrt(n) + correction / sqrt(n)
    spread = sqrt(discordant)
    return erfc(short / spread / sqrt(2)) / 2 if spread else float(short <= 0)


def cases_for_drop(
    margin: float,
    discordant: float,
    confidence: float = 0.95,
    power: float = 0.8,
    limit: int = LIMIT,
    correction: float = 0.0,
    change: float = 0.0,
) -> int | None:
    """Paired cases with which Tango's one-sided lower bound lies above −margin, when head is truly as good as base.

    `discordant` is the share of cases that change either way. With a `change` that is not 0, that is the truth, and a
    drop beyond the margin takes as many to be proven as one within it takes to be ruled out. Normal approximation with
    the score's own variance at −margin (exact when nothing changes): for 25 cases and more within a tenth of the fewest
    that the exact test needs. `correction` is in cases: half a one for averages, and for more than 300 cases. None for
    a truth at the margin; 1 for a margin of 1. ValueError for a negative margin, a share outside [0, 1], or a change
    beyond it.

    Source: T. Tango, Statistics in Medicine 17 (1998), §4 with its restricted variance.
    """
    if margin < 0:
        raise ValueError(f"a margin is not negative: {margin}")
    _check_shares(discordant)
    if abs(change) > discordant + 1e-12:
        raise ValueError(f"a change of {change} needs at least as many changed cases, not {discordant}")
    gap = abs(margin + change)
    if gap < 1e-9:
        return None
    if margin >= 1:
        return 1
    at_margin = sqrt(tango_variance((discordant - change) / 2, (discordant + change) / 2, -margin))
    spread = z_one_sided(confidence) * at_margin + _z_power(power) * sqrt(max(discordant - change * change, 0.0))
    spread = max(0.0, spread)
    root = (spread + sqrt(spread * spread + 4 * gap * correction)) / (2 * gap)
    return _whole_cases(root * root, limit)


def detectable_drop(
    n: int, discordant: float, confidence: float = 0.95, power: float = 0.8, correction: float = 0.0
) -> float:
    """The inverse of `cases_for_drop`: the smallest drop that n cases can rule out when head is as good as base.

    1.0 (which says nothing) where n cannot rule out any. ValueError for a negative n or a share outside [0, 1].
    """
    if n < 0:
        raise ValueError(f"{n} is not a number of cases")
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        needed = cases_for_drop(middle, discordant, confidence, power, n, correction)
        low, high = (middle, high) if needed is None else (low, middle)
    return high


def cases_for_difference(
    difference: float, discordant: float, alpha: float = 0.05, power: float = 0.8, limit: int = LIMIT
) -> int | None:
    """Paired cases with which McNemar's two-sided test at `alpha` finds a true difference, up or down.

    `discordant` is the share of cases that change either way, at least |difference| (else ValueError). None for a
    difference of 0. A normal approximation for the test without correction: at its answer the exact test's power is
    0.76 to 0.79 where 0.8 is asked, and up to 1.5/|difference| more cases give 0.8.

    Source: R. J. Connor, "Sample size for testing differences in proportions for the paired-sample design",
    Biometrics 43 (1987), 207–211.
    """
    _check_shares(abs(difference), discordant)
    size = abs(difference)
    if size > discordant + 1e-12:
        raise ValueError(f"a difference of {size} needs at least as many changed cases, not {discordant}")
    if size == 0:
        return None
    spread = z_two_sided(1 - alpha) * sqrt(discordant) + _z_power(power) * sqrt(max(discordant - size * size, 0.0))
    return _whole_cases((max(0.0, spread) / size) ** 2, limit)


def _whole_cases(cases: float, limit: int) -> int | None:
    needed = max(1, ceil(cases - 1e-9))
    return needed if needed <= limit else None


def _z_power(power: float) -> float:
    if not 0 < power < 1:
        raise ValueError(f"a power lies between 0 and 1, not {power}")
    return quantile(power)


def _binomial_tail(least: int, n: int, rate: float) -> float:
    """P(X ≥ least) for X of n cases, 0 < rate < 1, summed away from `least` on its thinner side."""
    if least <= 0:
        return 1.0
    up = least > n * rate
    k = least if up else least - 1
    share = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(rate) + (n - k) * log1p(-rate))
    odds, total = rate / (1 - rate), 0.0
    while share > total * 1e-17 and 0 <= k <= n:
        total += share
        if up:
            share *= (n - k) / (k + 1) * odds
            k += 1
        else:
            share *= k / (n - k + 1) / odds
            k -= 1
    return total if up else 1 - total


def _check_shares(*shares: float) -> None:
    for share in shares:
        if not 0 <= share <= 1:
            raise ValueError(f"a share lies between 0 and 1, not {share}")
