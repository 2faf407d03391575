"""One call for all who want the same at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Generic, TypeVar

from promptops.errors import PromptopsError

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Results on their way, by key."""

    def __init__(self) -> None:
        self._flights: dict[str, asyncio.Future[T]] = {}

    def joined(self, key: str) -> Awaitable[T] | None:
        """The result that somebody is already getting, None when nobody is. Waiting for it may be cancelled alone."""
        flight = self._flights.get(key)
        return None if flight is None else asyncio.shield(flight)

    async def lead(self, key: str, work: Awaitable[T]) -> T:
        """Do the work; whoever joins meanwhile gets its result or its PromptopsError, or is cancelled."""
        flight = self._flights[key] = asyncio.get_running_loop().create_future()
        try:
            result = await work
        except PromptopsError as exc:
            flight.set_exception(exc)
            flight.exception()  # marks it as seen: often nobody else waits for it
            raise
        except BaseException:
            flight.cancel()
            raise
        finally:
            del self._flights[key]
        flight.set_result(result)
        return result
