"""How long a run still takes, once there is something to tell it from."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptops.evals.engine.runner import RunProgress

_LEAST_REPLIES = 5
_ROUNDS = 2.0
"""Many are asked at the same time. After the first reply nobody knows how many, after twice as long it shows."""
_STEP = 5


class TimeLeft:
    """An estimate from the replies that were asked for in this run: known ones come at once and tell nothing.

    `clock` gives seconds and never jumps.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._start = clock, clock()
        self._first: float | None = None

    def seconds(self, progress: RunProgress) -> float | None:
        """Seconds until the last reply; None while it is too early to say."""
        elapsed, asked = self._clock() - self._start, progress.done - progress.cached
        if asked <= 0:
            return None
        if self._first is None:
            self._first = elapsed
        if asked < _LEAST_REPLIES or elapsed < _ROUNDS * self._first or not elapsed:
            return None
        return elapsed / asked * max(0, progress.total - progress.done)

    def words(self, progress: RunProgress) -> str:
        """`about 40 s left`, `about 6 min left`, rounded up; empty while it is too early to say, and at the end."""
        left = self.seconds(progress)
        if not left:
            return ""
        if left <= 90:
            return f"about {-int(-left // _STEP) * _STEP} s left"
        return f"about {-int(-left // 60)} min left"
