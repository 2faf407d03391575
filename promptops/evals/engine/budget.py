"""What a run counts and spends, and when it has to end early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from promptops.errors import RunStopped, StoreError
from promptops.text.humanize import limit_words


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

    @property
    def budget_spent(self) -> float:
        """US dollars that count towards a budget."""
        return self.cost + self.estimated


class StopSignal:
    """Once set, no further call begins; `reason` is empty while the run may go on, and the first reason stays."""

    reason = ""

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
            self.set(str(exc))


class SpendingLimit:
    """Keeps a run within `max_cost` US dollars (None: no limit): no call begins once they are spent.

    `spent_before` are dollars of them that others spent, such as the suites before this one in a command. Calls in
    flight when the last dollar is spent are the most by which it is overspent; one, where all cost the same.
    """

    def __init__(
        self, max_cost: float | None, tally: CallTally, stop: StopSignal, *, spent_before: float = 0.0
    ) -> None:
        self._max_cost, self._tally, self._stop = max_cost, tally, stop
        self._spent_before = spent_before
        self._landed = asyncio.Condition()
        self._in_flight = 0
        self._dearest: float | None = None

    def spend(self, cost: float | None, estimate: float | None = None) -> None:
        """Count what a call cost, None where nobody knows; then the estimate counts, if there is one."""
        if cost is None:
            self._tally.unknown_cost += 1
            self._tally.estimated += estimate or 0.0
        else:
            self._tally.cost += cost
        if cost != 0:  # what is free says nothing of what the next paid call costs
            self._dearest = max(self._dearest or 0.0, cost or estimate or 0.0)

    @asynccontextmanager
    async def reserve(self, *, paid: bool) -> AsyncIterator[None]:
        """Begin a paid call where the budget also holds if it and all in flight cost what the dearest did.

        The first paid call of a run flies alone: nobody knows yet what one costs. RunStopped when the run has to end.
        """
        if not paid or self._max_cost is None:
            self._stop.check()
            yield
            return
        most = self._max_cost
        async with self._landed:
            await self._landed.wait_for(lambda: self._may_begin(most))
            if self._spent >= most:
                self._stop.set(f"the budget of {limit_words(most)} is spent; raise --max-cost (or maxCost) to go on")
            self._stop.check()
            self._in_flight += 1
        try:
            yield
        finally:
            async with self._landed:
                self._in_flight -= 1
                self._landed.notify_all()

    @property
    def _spent(self) -> float:
        return self._spent_before + self._tally.budget_spent

    def _may_begin(self, most: float) -> bool:
        if self._in_flight == 0 or self._stop.reason or self._spent >= most:
            return True
        return self._dearest is not None and self._spent + (self._in_flight + 1) * self._dearest <= most
