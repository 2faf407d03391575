"""What a run counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class CallTally:
    """Calls made and repeated, replies out of the cache; `cost` in US dollars over calls made in this run."""

    called: int = 0
    cached: int = 0
    retried: int = 0
    cost: float = 0.0
    unknown_cost: int = 0
