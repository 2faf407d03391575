"""Progress of a run over several suites, a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable

from promptops.cli.context import say

_QUIET_SECONDS = 15.0


def progress_lines(tell: Callable[[int, int], None] = lambda done, total: None) -> Callable[[int, int], None]:
    """What is told how many replies are there, of how many: it tells `tell` each time, the log every 15 seconds."""
    last = time.monotonic()

    def watch(done: int, total: int) -> None:
        nonlocal last
        tell(done, total)
        if time.monotonic() - last >= _QUIET_SECONDS:
            last = time.monotonic()
            say(f"{done}/{total} replies")

    return watch
