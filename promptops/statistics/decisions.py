"""What is proven and what is not: the rules that decide gates.

`values`, `base` and `head` hold one number a case or cluster, in [0, 1]. "passed" and "failed" are each wrong at most
1 − confidence of the time, wherever the truth lies; everything else is "undecided".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from promptops.statistics.bootstrap import LEAST_FOR_BOOTSTRAP
from promptops.statistics.comparison import all_binary, falls_and_rises, paired_changes, rate_bound
from promptops.statistics.noninferiority import CONTINUITY, EXACT_MOST, corrected_drop_test, exact_drop_test
from promptops.statistics.power import cases_for_drop

Status = Literal["passed", "failed", "undecided"]
LEAST_DISCORDANT = 0.05
"""Where no case changed, power is worked out as if this share might: zero would promise too much."""


class RateDecision(NamedTuple):
    """Exact one-sided bounds of a rate, each with its own confidence, and what they say about a limit."""

    low: float
    high: float
    status: Status


class DropDecision(NamedTuple):
    """One-sided p-values at −margin: small `p_no_worse` proves a lesser drop, small `p_worse` a greater one.

    Both None: cannot tell, too few averages.
    """

    p_no_worse: float | None
    p_worse: float | None
    status: Status


def rate_decision(values: Sequence[float], at_least: float, confidence: float = 0.95) -> RateDecision:
    """Whether the true rate is at least `at_least`, by Clopper and Pearson's bounds (`rate_bound`).

    25 of 25 do not prove 0.9, 29 of 29 do. ValueError when empty, or for a value outside [0, 1].
    """
    low, high = rate_bound(values, "lower", confidence), rate_bound(values, "upper", confidence)
    return RateDecision(low, high, "passed" if low >= at_least else "failed" if high < at_least else "undecided")


def drop_decision(
    base: Sequence[float], head: Sequence[float], margin: float, *, averaged: bool = False, confidence: float = 0.95
) -> DropDecision:
    """Whether head is worse than base by less than `margin` (passed) or by more (failed); paired by position.

    Both are decided at −margin by the p-values of `noninferiority`: exact for yes or no up to 300 cases, else with half
    a case of continuity correction. `averaged` says that the values are averages, of trials or clusters, even where
    they happen to agree: were that left to the values, one lost reply could change the test and make a gate surer.
    Fewer than 10 averages cannot tell. ValueError when empty, for a value or margin outside [0, 1], or for sides of
    different lengths.
    """
    changes = paired_changes(base, head)
    n, (falls, rises) = len(changes), falls_and_rises(changes)
    averaged = averaged or not (all_binary(base) and all_binary(head))
    if averaged and n < LEAST_FOR_BOOTSTRAP:
        return DropDecision(None, None, "undecided")
    if averaged or n > EXACT_MOST:
        found = corrected_drop_test(falls, rises, n, margin)
    else:
        found = exact_drop_test(round(falls), round(rises), n, margin)
    level = 1 - confidence
    passed, failed = found.p_no_worse <= level, found.p_worse <= level
    return DropDecision(*found, "passed" if passed else "failed" if failed else "undecided")


def more_for_drop(base: Sequence[float], head: Sequence[float], margin: float, *, averaged: bool = False) -> int | None:
    """About how many more cases or clusters `drop_decision` needs to decide, in four runs of five.

    Enough of them whether both versions are equally good or the truth is a drop as seen so far: close to the margin
    that takes many. A rise is not counted on. As large a share of the new cases changes as of these. None where no
    reasonable number is enough. Errors as there.
    """
    changes = paired_changes(base, head)
    n, (falls, rises) = len(changes), falls_and_rises(changes)
    changed = max(sum(change != 0 for change in changes) / n, LEAST_DISCORDANT)
    averaged = averaged or not (all_binary(base) and all_binary(head))
    truths = (0.0, min(rises - falls, 0.0) / n)
    totals = [_cases_for_drop(margin, changed, change, averaged=averaged) for change in truths]
    known = [total for total in totals if total is not None]
    return max(1, max(known) - n) if len(known) == len(totals) else None


def _cases_for_drop(margin: float, changed: float, change: float, *, averaged: bool) -> int | None:
    """By the rule that decides so many: half a case of correction for averages, and beyond the exact test."""
    total = cases_for_drop(margin, changed, change=change)
    if total is not None and (averaged or total > EXACT_MOST):
        total = cases_for_drop(margin, changed, change=change, correction=CONTINUITY)
    return total and (max(total, LEAST_FOR_BOOTSTRAP) if averaged else total)
