"""A budget in US dollars, for one run or for all suites of a command."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from promptops.evals.engine.budget import StopSignal
from promptops.text.humanize import limit_words


@dataclass(slots=True, eq=False)
class _Reservation:
    model: object
    ceiling: float | None
    dollars: float = 0.0


class SpendingLimit:
    """Keeps calls within `most` US dollars: none begins once they are spent. The suites of a command may share one.

    `spent` are dollars of them that are gone already. What calls in flight cost beyond what was reserved for them, or
    the one call that flew alone, is the most by which it is overspent; one call, where all cost the same.
    """

    def __init__(self, most: float, spent: float = 0.0) -> None:
        self.most, self.spent = most, spent
        self._waiting: list[tuple[int, int, asyncio.Future[None], _Reservation]] = []
        self._numbers = count()
        self._in_flight: set[_Reservation] = set()
        self._reserved = 0.0
        self._dearest: dict[object, float] = {}

    def spend(self, dollars: float, model: object = None) -> None:
        """Count what a paid call of this model cost."""
        self.spent += dollars
        if model not in self._dearest or dollars > self._dearest[model]:
            self._dearest[model] = dollars
            for call in self._in_flight:  # they may cost as much
                call.dollars = self._price_of(call) or 0.0
            self._sum_up()

    @asynccontextmanager
    async def reserve(
        self, stop: StopSignal, model: object = None, ceiling: float | None = None, rank: int = 0
    ) -> AsyncIterator[None]:
        """Begin a paid call where the budget also holds if it and all in flight cost what is reserved for them.

        That is the dearest call of this model so far, but no more than the `ceiling`, which this one can cost at most.
        Of a model that was not asked yet it is the ceiling; where that is not known either, what the dearest call of
        all cost. The first of all then flies alone: nobody knows what one costs. Of those that wait the lowest rank
        goes first. RunStopped when the run has to end.
        """
        call = _Reservation(model, ceiling)
        try:
            await self._wait(call, rank, stop)
            if call not in self._in_flight:
                stop.set(f"the budget of {limit_words(self.most)} is spent; raise --max-cost (or maxCost) to go on")
            stop.check()
            yield
        finally:
            self._in_flight.discard(call)
            self._sum_up()
            self._admit()

    async def _wait(self, call: _Reservation, rank: int, stop: StopSignal) -> None:
        """Until the call is in flight, or the budget is spent."""
        async with stop.pausing():
            place = asyncio.get_running_loop().create_future()
            heappush(self._waiting, (rank, next(self._numbers), place, call))
            self._admit()
            await place

    def _admit(self) -> None:
        """Let those go whose turn it is. Who does not fit yet lets nobody pass, or what is dear never goes."""
        while self._waiting:
            _, _, place, call = self._waiting[0]
            if not place.done():
                if self.spent < self.most:
                    if not self._fits(call):
                        return
                    self._in_flight.add(call)
                    self._sum_up()
                place.set_result(None)
            heappop(self._waiting)

    def _fits(self, call: _Reservation) -> bool:
        price = self._price_of(call)
        call.dollars = price or 0.0
        return not self._in_flight or (price is not None and self.spent + self._reserved + price <= self.most)

    def _price_of(self, call: _Reservation) -> float | None:
        seen = self._dearest.get(call.model)
        if seen is None:
            return call.ceiling if call.ceiling is not None else max(self._dearest.values(), default=None)
        return seen if call.ceiling is None else min(seen, call.ceiling)

    def _sum_up(self) -> None:
        self._reserved = math.fsum(call.dollars for call in self._in_flight)
