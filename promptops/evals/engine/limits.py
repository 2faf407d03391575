"""What a model's `limits` allow: calls in flight, calls a minute, and how often a call is repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace

from promptops.errors import ProviderBusyError, ProviderError
from promptops.evals.engine.budget import CallTally, StopSignal
from promptops.evals.engine.endpoint_gate import EndpointGate, backoff, refused_for_good
from promptops.model.config import Limits, ModelSpec
from promptops.model.model_call import Reply


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
    """Calls again while a model is busy, as often and as long as its limits allow. Nothing else repeats a call.

    A call that failed has `maxRetries` more attempts; waiting because the server said so takes none of them away. With
    `maxRetries: 0` only a server that says for how long is waited for.
    """

    tally: CallTally
    stop: StopSignal
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def call(self, spec: ModelSpec, gate: EndpointGate, attempt: Callable[[], Awaitable[Reply]]) -> Reply:
        """The reply of the first attempt that succeeds; ProviderError when none does, RunStopped when the run ends."""
        number, failures, refusals = 1, 0, 0
        while True:
            try:
                async with gate.turn():
                    self.stop.check()
                    reply = await attempt()
                return replace(reply, attempts=number) if number > 1 else reply
            except ProviderBusyError as exc:
                if exc.retry_after is not None or (exc.rate_limited and spec.limits.max_retries):
                    refusals += 1
                    gate.refused(exc, spec, refusals)
                    pause = 0.0  # at the gate
                else:
                    failures += 1
                    pause = _pause(exc, failures, spec)
            number += 1
            self.tally.retried += 1
            if pause:
                await self.sleep(pause)
            self.stop.check()


def _pause(exc: ProviderBusyError, failures: int, spec: ModelSpec) -> float:
    """Seconds before the next attempt, or the error for good."""
    if failures > spec.limits.max_retries:
        if exc.rate_limited:
            raise refused_for_good(str(exc), exc, spec) from exc
        raise ProviderError(f"{exc} ({failures} attempts)", hint=exc.hint, status=exc.status) from exc
    return backoff(failures)
