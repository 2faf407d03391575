"""One gate for all calls to an endpoint: when the server says that there are too many, everybody waits."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from promptops.errors import ProviderBusyError, ProviderError
from promptops.evals.engine.budget import StopSignal
from promptops.model.config import ModelSpec

FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
"""Seconds before the second attempt, and the most before any later one, where the server names no time."""
MOST_REFUSALS = 50
"""So often one call is refused before it is given up: it may be larger than all that the server allows."""
_SPREAD = 0.1
"""Waits are longer by up to this share, by chance, so that two processes do not come back together for ever."""

Sleep = Callable[[float], Awaitable[None]]


def backoff(attempt: int) -> float:
    """Seconds before the attempt after this one (from 1), growing, and spread by chance."""
    # So that 200 calls refused together do not come back together.
    return min(FIRST_WAIT * 2.0 ** min(attempt - 1, 10), LONGEST_WAIT) * random.uniform(0.5, 1.0)  # noqa: S311


@dataclass(slots=True)
class EndpointPace:
    """What a server allows, as far as it said so; the suites of one command share it.

    Nobody calls before `resume_at` (seconds on the clock that never jumps), and `width` calls fly at once at the most.
    """

    resume_at: float = -math.inf
    width: float = math.inf


class EndpointGate:
    """Lets all calls through until the server refuses one for their number.

    Then nobody calls before the time it named; after that only as many fly at once as it seems to take: half as many
    after each refusal, one more after each answer (additive increase, multiplicative decrease, as TCP has it).
    `alias` is a model's that is called there. `pauses` and the `seconds` they took are counted.
    """

    def __init__(
        self,
        alias: str,
        pace: EndpointPace,
        *,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.alias, self._pace = alias, pace
        self._sleep, self._clock = sleep, clock
        self._freed = asyncio.Condition()
        self._in_flight = self._queued = 0
        self._pauses_in_a_row = self._refused_calls = 0
        self._waited = 0.0
        self._given_up: ProviderError | None = None
        self.pauses, self.seconds = 0, 0.0

    @asynccontextmanager
    async def turn(self, stop: StopSignal) -> AsyncIterator[None]:
        """Entered by each call when its time has come. ProviderError once the server was given up.

        Waiting ends with RunStopped when the run does that the call belongs to.
        """
        # Who was refused goes behind those who wait, else one call that is always refused keeps all others out.
        if self._queued or self._in_flight >= self._pace.width:
            async with stop.pausing():
                await self._queue()
        self._in_flight += 1
        try:
            await self._wait_for_pause(stop)
            if self._given_up is not None:
                raise self._given_up.with_traceback(None)
            yield
        except ProviderBusyError:
            raise
        except ProviderError:  # it was heard, at least
            self._answered()
            raise
        else:
            self._answered()
        finally:
            self._in_flight -= 1
            if self._pace.width < math.inf:  # else nobody waits
                async with self._freed:
                    self._freed.notify(2)  # its own place, and one that an answer may have added

    async def _queue(self) -> None:
        self._queued += 1
        try:
            async with self._freed:
                await self._freed.wait_for(lambda: self._in_flight < self._pace.width)
        finally:
            self._queued -= 1

    def _answered(self) -> None:
        self._pace.width += 1
        self._pauses_in_a_row, self._refused_calls, self._waited = 0, 0, 0.0

    def refused(self, exc: ProviderBusyError, spec: ModelSpec, refusals: int) -> None:
        """The server took no call, this one for so many times. ProviderError where it is not worth waiting for."""
        limits = spec.limits
        if exc.retry_after is not None and exc.retry_after > limits.max_wait:
            raise refused_for_good(f"the server asks to wait {exc.retry_after:g} s", exc, spec)
        if refusals > MOST_REFUSALS:
            raise refused_for_good(f"{exc} (refused {refusals} times)", exc, spec)
        self._refused_calls += refusals == 1
        now = self._clock()
        resume_at = now + self._pause_length(exc)
        added = resume_at - max(now, self._pace.resume_at)
        if added <= 0:
            return
        if self._waited + added > limits.max_wait * (1 + _SPREAD):
            waited = f"{exc} (no call was answered in {self._waited:.0f} s of waiting)"
            error = refused_for_good(waited, exc, spec)
            if self._refused_calls > 1:  # one alone may ask for more than the server ever allows
                self._given_up = error
            raise error
        if now >= self._pace.resume_at:  # else the others in flight were refused together with this one
            self._begin_pause()
        self._waited += added
        self.seconds += added
        self._pace.resume_at = resume_at

    def _pause_length(self, exc: ProviderBusyError) -> float:
        if exc.retry_after:
            return exc.retry_after * (1 + random.uniform(0, _SPREAD))  # noqa: S311
        return backoff(self._pauses_in_a_row + 1)

    def _begin_pause(self) -> None:
        self.pauses += 1
        self._pauses_in_a_row += 1
        # The one that was refused has left already.
        self._pace.width = max(1, min(self._pace.width, self._in_flight + 1) // 2)

    def try_again(self) -> None:
        """Ask a server that was given up once more, as for a suite that begins later."""
        if self._given_up is not None:
            self._given_up, self._refused_calls, self._waited = None, 0, 0.0

    async def _wait_for_pause(self, stop: StopSignal) -> None:
        seen = -math.inf
        while self._pace.resume_at > seen:  # it may have become longer meanwhile
            seen = self._pace.resume_at
            if (left := seen - self._clock()) > 0:
                await stop.interruptible(self._sleep)(left)


def refused_for_good(message: str, exc: ProviderBusyError, spec: ModelSpec) -> ProviderError:
    """The error of a call that is repeated no more, and the limits that would have spared it."""
    slower = (
        f"set limits.requestsPerMinute of '{spec.alias}' to what the server allows, or " if exc.rate_limited else ""
    )
    hint = f"{slower}raise limits.maxWait of '{spec.alias}' (now {spec.limits.max_wait:g} s)"
    return ProviderError(message.removeprefix(f"{exc.where}: "), where=exc.where, hint=hint, status=exc.status or 429)
