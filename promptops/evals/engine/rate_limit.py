"""How hard one model may be driven."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext

from promptops.model.config import Limits


class RateLimit:
    """`slot` bounds the calls in flight, `turn` the calls a minute: both are entered with `async with`."""

    slot: AbstractAsyncContextManager[None]
    turn: AbstractAsyncContextManager[None] = nullcontext()

    def __init__(self, limits: Limits) -> None:
        self.slot = asyncio.Semaphore(limits.concurrency)
        if limits.requests_per_minute is not None:
            from aiolimiter import AsyncLimiter  # only where a model has a limit

            self.turn = AsyncLimiter(limits.requests_per_minute, 60)
