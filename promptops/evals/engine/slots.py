"""So many calls at once, and who goes first of those that wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count


class Slots:
    """A semaphore that serves by rank: of those that wait, the lowest rank goes first, then who came first.

    So the suites of a command end one after the other, and a later one takes only what those before leave free.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.taken = 0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def narrow(self, width: int) -> None:
        """No more than so many at once from now on; those that fly already may land."""
        self.width = min(self.width, width)

    @asynccontextmanager
    async def turn(self, rank: int = 0) -> AsyncIterator[None]:
        """Entered by each call once there is a slot for it."""
        if self.taken >= self.width or self._waiting:
            await self._wait(rank)
        else:
            self.taken += 1
        try:
            yield
        finally:
            self._release()

    async def _wait(self, rank: int) -> None:
        place = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (rank, next(self._numbers), place))
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # it was given a slot, and cancelled before it could use it
                self._release()
            raise

    def _release(self) -> None:
        self.taken -= 1
        while self._waiting and self.taken < self.width:
            place = heappop(self._waiting)[2]
            if not place.done():
                self.taken += 1
                place.set_result(None)
