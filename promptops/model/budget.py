"""What a run may cost."""

from __future__ import annotations

from typing import NamedTuple


class Budget(NamedTuple):
    """`max_cost` in US dollars for one run; `max_cost_increase` as a share of the base's cost (0.10 = 10%)."""

    max_cost: float | None = None
    max_cost_increase: float | None = None
