"""What a run may cost, how many of its cases may fail to answer, and how large a difference must be to be spoken of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MAX_ERRORS = 0.1
"""So large a share of the cases may lack an answer, where neither suite nor project says otherwise."""


@dataclass(frozen=True, slots=True)
class IgnoreBelow:
    """Differences smaller than these shares of the base's cost or latency are not spoken of, however certain."""

    cost: float = 0.05
    latency: float = 0.10


IGNORE_BELOW = IgnoreBelow()


class Budget(NamedTuple):
    """`max_cost` in US dollars for one run; `max_cost_increase` as a share of the base's cost (0.10 = 10%)."""

    max_cost: float | None = None
    max_cost_increase: float | None = None
    ignore_below: IgnoreBelow = IGNORE_BELOW
