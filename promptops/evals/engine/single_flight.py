"""One call for all who want the same at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Work on its way, by key; what it raises is raised for all who wait for it."""

    def __init__(self) -> None:
        self._flights: dict[str, asyncio.Task[T]] = {}

    def joined(self, key: str) -> Awaitable[T] | None:
        """The result that somebody is already getting, None when nobody is. Waiting for it may be cancelled alone."""
        flight = self._flights.get(key)
        return None if flight is None else asyncio.shield(flight)

    async def lead(self, key: str, work: Coroutine[Any, Any, T]) -> T:
        """Do the work, for whoever joins meanwhile as well."""
        flight = self._flights[key] = asyncio.create_task(work)
        try:
            return await flight
        finally:
            del self._flights[key]
