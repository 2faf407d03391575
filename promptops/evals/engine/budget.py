"""What a run counts and spends, and when it has to end early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from promptops.errors import RunStopped, StoreError


@dataclass(slots=True)
class CallTally:
    """Calls made and repeated, replies out of the cache; `cost` in US dollars over calls made in this run.

    `estimated` are dollars for calls whose tokens the server did not count: they count towards a budget only.
    """

    called: int = 0
    cached: int = 0
    retried: int = 0
    cost: float = 0.0
    unknown_cost: int = 0
    estimated: float = 0.0

    def count(self, cost: float | None, estimate: float | None = None) -> None:
        """Add what a call cost, None where nobody knows; then the estimate counts, if there is one."""
        if cost is None:
            self.unknown_cost += 1
            self.estimated += estimate or 0.0
        else:
            self.cost += cost

    @property
    def budget_spent(self) -> float:
        """US dollars that count towards a budget."""
        return self.cost + self.estimated


class StopSignal:
    """Once set, no further call begins; `reason` is empty while the run may go on, and the first reason stays."""

    reason = ""
    store_failed = False
    """Whether it is for a disk that takes no more: then no other suite can go on either."""

    def __init__(self) -> None:
        self._pauses: set[asyncio.Timeout] = set()

    def set(self, reason: str) -> None:
        """End the run for this reason, and with it every pause."""
        self.reason = self.reason or reason
        for pause in self._pauses:
            pause.reschedule(asyncio.get_running_loop().time())
        self._pauses.clear()

    def check(self) -> None:
        """RunStopped once the run has to end."""
        if self.reason:
            raise RunStopped(self.reason)

    @asynccontextmanager
    async def pausing(self) -> AsyncIterator[None]:
        """Around waiting that has no use once the run has to end: then it is cut short with RunStopped."""
        self.check()
        pause = asyncio.timeout(None)
        try:
            async with pause:
                self._pauses.add(pause)
                yield
        except TimeoutError:
            if pause.expired():
                self.check()
            raise
        finally:
            self._pauses.discard(pause)

    def interruptible(self, sleep: Callable[[float], Awaitable[None]]) -> Callable[[float], Awaitable[None]]:
        """A sleep that goes on no longer than the run."""

        async def sleep_meanwhile(seconds: float) -> None:
            async with self.pausing():
                await sleep(seconds)

        return sleep_meanwhile

    @contextmanager
    def on_store_error(self) -> Iterator[None]:
        """A disk that takes no more ends the run, not the reply that is at hand."""
        try:
            yield
        except StoreError as exc:
            self.store_failed = True
            self.set(str(exc))
