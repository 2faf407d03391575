"""How well a judge agrees with people, and what that does to its rates. True is a pass."""

from __future__ import annotations

from collections.abc import Sequence

LEAST_YOUDEN = 0.3
"""A judge with Se + Sp − 1 below this tells too little for its rate to be corrected."""


def cohen_kappa(a: Sequence[bool], b: Sequence[bool]) -> float | None:
    """Agreement beyond chance of two raters of the same cases, by position: 1 is perfect, 0 is chance.

    None without cases, or where chance alone agrees fully (both gave one and the same answer to all).
    ValueError for different lengths.

    Source: J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20
    (1960).
    """
    _check_lengths(a, b)
    n = len(a)
    yes_a, yes_b = sum(map(bool, a)), sum(map(bool, b))
    # Counts, not shares, so that full agreement by chance is exactly n².
    by_chance = yes_a * yes_b + (n - yes_a) * (n - yes_b)
    if n * n == by_chance:
        return None
    agreed = sum(bool(x) == bool(y) for x, y in zip(a, b, strict=True))
    return (n * agreed - by_chance) / (n * n - by_chance)


def sensitivity_specificity(judge: Sequence[bool], human: Sequence[bool]) -> tuple[float | None, float | None]:
    """Share of people's passes the judge passed, and of people's fails it failed; None where people gave none.

    Paired by position; ValueError for different lengths.
    """
    _check_lengths(judge, human)
    on_pass = [bool(verdict) for verdict, truth in zip(judge, human, strict=True) if truth]
    on_fail = [not verdict for verdict, truth in zip(judge, human, strict=True) if not truth]
    return (
        sum(on_pass) / len(on_pass) if on_pass else None,
        sum(on_fail) / len(on_fail) if on_fail else None,
    )


def rogan_gladen(raw_rate: float, sensitivity: float, specificity: float) -> float | None:
    """The rate people would give, from the judge's raw rate: (raw + Sp − 1)/(Se + Sp − 1), clipped to [0, 1].

    None where Se + Sp − 1 < 0.3: the correction would blow noise up more than threefold.
    ValueError for a share outside [0, 1].

    Source: W. J. Rogan and B. Gladen, "Estimating prevalence from the results of a screening test", American Journal
    of Epidemiology 107 (1978).
    """
    if not all(0 <= share <= 1 for share in (raw_rate, sensitivity, specificity)):
        raise ValueError("a rate, a sensitivity and a specificity lie between 0 and 1")
    youden = sensitivity + specificity - 1
    if youden < LEAST_YOUDEN - 1e-12:  # 0.7 + 0.6 − 1 is 0.3 but for rounding
        return None
    return min(1.0, max(0.0, (raw_rate + specificity - 1) / youden))


def _check_lengths(a: Sequence[bool], b: Sequence[bool]) -> None:
    if len(a) != len(b):
        raise ValueError(f"{len(a)} judgements cannot be paired with {len(b)}")
