"""What a model's `limits` allow: calls in flight, calls a minute, and how often a call is repeated."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace

from promptops.errors import ProviderBusyError, ProviderError
from promptops.evals.engine.budget import CallTally, StopSignal
from promptops.model.config import Limits, ModelSpec
from promptops.model.model_call import Reply

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 8.0


class RateLimit:
    """`slot` bounds the calls in flight, `turn` the calls a minute: both are entered with `async with`."""

    slot: AbstractAsyncContextManager[None]
    turn: AbstractAsyncContextManager[None] = nullcontext()

    def __init__(self, limits: Limits) -> None:
        self.slot = asyncio.Semaphore(limits.concurrency)
        if limits.requests_per_minute is not None:
            from aiolimiter import AsyncLimiter  # only where a model has a limit

            self.turn = AsyncLimiter(limits.requests_per_minute, 60)


@dataclass(frozen=True, slots=True)
class Retry:
    """Calls again while a model is busy, as often and as long as its limits allow. Nothing else repeats a call."""

    tally: CallTally
    stop: StopSignal
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def call(self, spec: ModelSpec, attempt: Callable[[], Awaitable[Reply]]) -> Reply:
        """The reply of the first attempt that succeeds; ProviderError when none does, RunStopped when the run ends."""
        number = 1
        while True:
            try:
                reply = await attempt()
                return replace(reply, attempts=number) if number > 1 else reply
            except ProviderBusyError as exc:
                pause = _pause(exc, number, spec)
            number += 1
            self.tally.retried += 1
            await self.sleep(pause)
            self.stop.check()


def _pause(exc: ProviderBusyError, attempt: int, spec: ModelSpec) -> float:
    """Seconds before the next attempt, or the error for good."""
    if attempt > spec.limits.max_retries:
        raise ProviderError(f"{exc} ({attempt} attempts)", hint=exc.hint) from exc
    if exc.retry_after is None:
        # Spread by chance, so that 200 calls refused together do not come back together.
        return min(_FIRST_WAIT * 2.0 ** (attempt - 1), _LONGEST_WAIT) * random.uniform(0.5, 1.0)  # noqa: S311
    if exc.retry_after > spec.limits.max_wait:
        hint = f"wait, or raise limits.maxWait of '{spec.alias}' (now {spec.limits.max_wait:g} s)"
        raise ProviderError(f"the server asks to wait {exc.retry_after:g} s", hint=hint) from exc
    return exc.retry_after
