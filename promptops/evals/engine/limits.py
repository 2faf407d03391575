"""What a model's `limits` allow: calls in flight, calls a minute, and how often a call is repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from promptops.errors import ProviderBusyError, ProviderError
from promptops.evals.engine.budget import CallTally, StopSignal
from promptops.evals.engine.endpoint_gate import EndpointGate, backoff, refused_for_good
from promptops.evals.engine.slots import Slots
from promptops.model.config import Limits, ModelSpec
from promptops.model.model_call import Reply
from promptops.text.humanize import plural

if TYPE_CHECKING:
    from aiolimiter import AsyncLimiter


class RateLimit:
    """One model at one endpoint: `slots` bound the calls in flight, `take_turn` those that begin in a minute."""

    def __init__(self, limits: Limits) -> None:
        self.slots = Slots(limits.concurrency)
        self.per_minute: int | None = None
        self._turns: AsyncLimiter | None = None
        self.narrow(limits)

    def narrow(self, limits: Limits) -> None:
        """Keep these limits too, which another alias of the model has: the stricter of each counts."""
        self.slots.narrow(limits.concurrency)
        allowed = limits.requests_per_minute
        if allowed is not None and (self.per_minute is None or allowed < self.per_minute):
            from aiolimiter import AsyncLimiter  # only where a model has a limit

            self.per_minute, self._turns = allowed, AsyncLimiter(allowed, 60)

    @property
    def has_turns(self) -> bool:
        """Whether a call may have to wait for its turn."""
        return self._turns is not None

    async def take_turn(self) -> None:
        """Wait until one more call may begin."""
        if self._turns is not None:
            await self._turns.acquire()


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
                async with gate.turn(self.stop):
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
        tried = f" ({plural(failures, 'attempt')})" if failures > 1 else ""
        raise ProviderError(f"{exc}{tried}", hint=exc.hint, status=exc.status) from exc
    return backoff(failures)
