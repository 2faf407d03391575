"""Every request of a run goes through here, and what is known is not asked again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial

from promptops.errors import ProviderBusyError, ProviderError, QuotaError, RunStopped
from promptops.evals.engine.budget import CallTally, SpendingLimit, StopSignal
from promptops.evals.engine.endpoint_gate import EndpointGate, EndpointKey, endpoint_key
from promptops.evals.engine.endpoint_health import EndpointHealth
from promptops.evals.engine.known_replies import KnownReplies
from promptops.evals.engine.limits import RateLimit, Retry
from promptops.evals.engine.run_notes import pause_notes, usage_notes
from promptops.model.chat.token_estimate import estimate_message_tokens, estimate_tokens
from promptops.model.config import ModelSpec
from promptops.model.model_call import Provider, Reply, Request, Usage
from promptops.providers.cassette import RECORDED

FLUSH_SECONDS = 1.0
"""So long a reply waits at most before the cache has it."""
Price = Callable[[ModelSpec, Usage], float | None]
"""What a call cost in US dollars, None when the price is not known."""


@dataclass(frozen=True, slots=True)
class PricedReply:
    """A reply, what it costs (or once cost), and whether it is older than this run."""

    reply: Reply
    cost: float | None
    cached: bool


def _now() -> str:
    return _as_iso(int(time.time()))


@lru_cache(maxsize=4)
def _as_iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat(timespec="seconds")


class Dispatcher:
    """Gets replies from what is known, else from the models. The same request is asked once, however many want it.

    `health` is shared by the runs of a command. `on_failure` is told the first failed attempt of each model at once:
    nobody should wait for the last retry to learn of a wrong address. `spent_before` are dollars of `max_cost` that are
    gone already.
    """

    def __init__(
        self,
        open_provider: Callable[[ModelSpec], Provider],
        price: Price,
        replies: KnownReplies,
        *,
        max_cost: float | None = None,
        spent_before: float = 0.0,
        health: EndpointHealth | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], str] = _now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.replies, self.tally, self.stop = replies, CallTally(), StopSignal()
        self._open_provider, self._price, self._now = open_provider, price, now
        self._next_flush: asyncio.TimerHandle | None = None
        self.on_failure: Callable[[str], None] = lambda text: None
        self._health = health or EndpointHealth()
        self._failed: set[ModelSpec] = set()
        self._budget = SpendingLimit(max_cost, self.tally, self.stop, spent_before=spent_before)
        sleep = self.stop.interruptible(sleep)
        self._retry = Retry(self.tally, self.stop, sleep)
        self._in_flight: dict[str, asyncio.Task[PricedReply]] = {}
        # By the whole spec: base and head may mean different models by one alias.
        self._providers: dict[ModelSpec, Provider] = {}
        self._limits: dict[ModelSpec, RateLimit] = {}
        self._gates: dict[EndpointKey, EndpointGate] = {}
        self._make_gate = partial(EndpointGate, sleep=sleep, clock=clock)
        self._replied: Counter[str] = Counter()
        self._uncounted: Counter[str] = Counter()

    async def ask(self, request: Request, key: str = "") -> PricedReply:
        """The reply to this request; `key` is its reply key, where it is known already.

        Raises ProviderError when the model fails for good and RunStopped when the run has to end.
        """
        key = key or request.key
        if (resumed := self.replies.take_resumed(key)) is not None:
            self.tally.retried += resumed.attempts - 1
            return self._counted(key, request, resumed)
        if (reply := self.replies.find(key)) is not None:
            self.tally.cached += 1
            return PricedReply(reply, self._cost(request, reply), cached=not self.replies.is_fresh(key))
        if (call := self._in_flight.get(key)) is not None:
            found = await asyncio.shield(call)  # who waits may be cancelled alone
            self.tally.cached += 1
            return found
        call = self._in_flight[key] = asyncio.create_task(self._call(key, request))
        try:
            return await call
        finally:
            del self._in_flight[key]

    def look_up(self, wanted: Mapping[str, Request]) -> None:
        """Read what is known of these reply keys, all in one go."""
        self.replies.look_up([*wanted])
        for key, request in wanted.items():
            if self.replies.is_known(key) and not _is_recorded(request):
                self._health.answered_before(request.model)

    @property
    def notes(self) -> tuple[str, ...]:
        """What people should know of how the models behaved."""
        return (*usage_notes(self._uncounted, self._replied), *pause_notes(self._gates.values()))

    async def close(self) -> None:
        """Write what is left to the cache and end all providers."""
        if self._next_flush is not None:
            self._next_flush.cancel()
        try:
            with self.stop.on_store_error():
                self.replies.finish()
        finally:
            for provider in self._providers.values():
                await provider.close()

    async def _call(self, key: str, request: Request) -> PricedReply:
        """One reply of the model, written down and counted."""
        spec = request.model
        if spec.parameters or spec.extra_body:  # with other parameters it is no other model
            spec = replace(spec, parameters={}, extra_body={})
        limit = self._limits.get(spec) or self._limits.setdefault(spec, RateLimit(spec.limits))

        async def attempt() -> Reply:
            if limit.has_turns:
                async with self.stop.pausing():
                    await limit.take_turn()
            return await self._attempt(spec, request)

        is_paid = not _is_recorded(request) and self._price(spec, Usage(1, 1)) != 0.0
        async with limit.slot, self._budget.reserve(paid=is_paid):
            if _is_recorded(request):
                reply = await self._provider(spec).complete(request)
            else:
                reply = replace(await self._watched(spec, attempt), asked=self._now())
            with self.stop.on_store_error():
                self.replies.write_down(key, reply)
            return self._counted(key, request, reply)

    async def _watched(self, spec: ModelSpec, attempt: Callable[[], Awaitable[Reply]]) -> Reply:
        """The reply of a model that still answers; with the last of several failures alike the run ends."""
        self._end_if_dead(spec)
        self.stop.check()
        try:
            reply = await self._retry.call(spec, self._gate(spec), attempt)
        except QuotaError as exc:
            self._health.give_up(spec, str(exc))
            self._end_if_dead(spec)
            raise RunStopped(str(exc), hint=exc.hint) from exc
        except ProviderError as exc:
            self._tell(spec, exc)
            self._health.failed(spec, exc)
            self._end_if_dead(spec)
            raise
        self._health.answered(spec)
        return reply

    async def _attempt(self, spec: ModelSpec, request: Request) -> Reply:
        try:
            return await self._provider(spec).complete(request)
        except ProviderBusyError as exc:
            if not exc.status:  # a server that is busy is no news until it is given up
                self._tell(spec, exc)
            raise

    def _end_if_dead(self, spec: ModelSpec) -> None:
        if why := self._health.why_dead(spec):
            self.stop.set(why)

    def _tell(self, spec: ModelSpec, exc: ProviderError) -> None:
        if spec not in self._failed:
            self._failed.add(spec)
            self.on_failure(exc.with_hint)

    def _flush(self) -> None:
        self._next_flush = None
        with self.stop.on_store_error():
            self.replies.flush()

    def _gate(self, spec: ModelSpec) -> EndpointGate:
        key = endpoint_key(spec)
        return self._gates.get(key) or self._gates.setdefault(key, self._make_gate(spec.alias, self._health.pace(key)))

    def _provider(self, spec: ModelSpec) -> Provider:
        if spec not in self._providers:
            try:
                self._providers[spec] = self._open_provider(spec)
            except ProviderError as exc:  # no key, no file: no call of this run can succeed
                self.stop.set(str(exc))
                raise RunStopped(str(exc), hint=exc.hint) from exc
        return self._providers[spec]

    def _counted(self, key: str, request: Request, reply: Reply) -> PricedReply:
        self.tally.called += 1
        with self.stop.on_store_error():
            self.replies.keep(key, reply)
        if self._next_flush is None:
            self._next_flush = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)
        cost = self._cost(request, reply)
        if not _is_recorded(request):  # else it is what it once cost, and nobody pays for it now
            is_priced = cost is None and self._price(request.model, Usage(1, 1)) is not None
            estimate = self._price(request.model, _estimated_usage(request, reply)) if is_priced else None
            self._budget.spend(cost, estimate)
        return PricedReply(reply, cost, cached=_is_recorded(request))

    def _cost(self, request: Request, reply: Reply) -> float | None:
        """What the reply costs, None when that is not known; a model with a price whose usage is missing is noted."""
        cost = self._price(request.model, reply.usage)
        if not _is_recorded(request):
            self._replied[request.model.alias] += 1
            if cost is None and self._price(request.model, Usage(1, 1)) is not None:
                self._uncounted[request.model.alias] += 1
        return cost


def _is_recorded(request: Request) -> bool:
    return request.fingerprint.startswith(RECORDED)


def _estimated_usage(request: Request, reply: Reply) -> Usage:
    """About what a call used: only for budgets, where a server does not say."""
    asked = sum(estimate_message_tokens(message) for message in request.messages)
    return Usage(asked, estimate_tokens(reply.text) + estimate_tokens(reply.reasoning))
