"""Every request of a run goes through here, and what is known is not asked again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from promptops.errors import ProviderBusyError, ProviderError, QuotaError, RunStopped
from promptops.evals.engine.budget import CallTally, StopSignal
from promptops.evals.engine.cost_ceiling import Price, cost_ceiling
from promptops.evals.engine.endpoint_gate import EndpointGate
from promptops.evals.engine.endpoints import Endpoints, without_parameters
from promptops.evals.engine.known_replies import KnownReplies
from promptops.evals.engine.limits import Retry
from promptops.evals.engine.run_notes import GatePauses, usage_notes
from promptops.evals.engine.spending_limit import SpendingLimit
from promptops.model.chat.token_estimate import estimate_message_tokens, estimate_tokens
from promptops.model.config import ModelSpec
from promptops.model.model_call import Provider, Reply, Request, Usage
from promptops.providers.cassette import RECORDED
from promptops.providers.endpoint_key import model_key

FLUSH_SECONDS = 1.0
"""So long a reply waits at most before the cache has it."""


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
    """Gets a suite's replies from what is known, else from the models. No request is asked twice.

    What the suites of a command share is in `endpoints`, in `budgets` (all of which hold) and in the shared part of
    `replies`; `recorded` are cassettes by fingerprint. Of calls that wait for a model those of the lowest `rank` go
    first. `on_failure` is told the first failed attempt of each model at once: nobody should wait for the last retry to
    learn of a wrong address.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        price: Price,
        replies: KnownReplies,
        *,
        budgets: Sequence[SpendingLimit] = (),
        recorded: Mapping[str, Provider] = {},
        rank: int = 0,
        now: Callable[[], str] = _now,
    ) -> None:
        self.replies, self.tally, self.stop = replies, CallTally(), StopSignal()
        self._endpoints, self._health, self._budgets = endpoints, endpoints.health, budgets
        self._price, self._recorded, self._rank, self._now = price, recorded, rank, now
        self._next_flush: asyncio.TimerHandle | None = None
        self.on_failure: Callable[[str], None] = lambda text: None
        self._retry = Retry(self.tally, self.stop, self.stop.interruptible(endpoints.sleep))
        self._in_flight: dict[str, asyncio.Task[PricedReply]] = {}
        self._asked: set[ModelSpec] = set()
        endpoints.on_dead.add(self._end_if_any_is_dead)
        self._pauses = GatePauses()
        self._replied: Counter[str] = Counter()
        self._uncounted: Counter[str] = Counter()

    async def ask(self, request: Request, key: str = "") -> PricedReply:
        """The reply to this request; `key` is its reply key, where it is known already.

        Raises ProviderError when the model fails for good and RunStopped when the run has to end.
        """
        key = key or request.key
        while True:
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
            others = self.replies.shared.in_flight.get(key)
            if others is None or not self.replies.takes_others(key):
                return await self._own_call(key, request)
            async with self.stop.pausing():
                await asyncio.wait([others])  # however it ends: then its reply is known, or we ask

    async def _own_call(self, key: str, request: Request) -> PricedReply:
        call = self._in_flight[key] = asyncio.create_task(self._call(key, request))
        shared = self.replies.shared.in_flight
        shared.setdefault(key, call)
        try:
            return await call
        finally:
            del self._in_flight[key]
            if shared.get(key) is call:
                del shared[key]

    def look_up(self, wanted: Mapping[str, Request]) -> None:
        """Read what is known of these reply keys, all in one go."""
        self.replies.look_up([*wanted])
        for key, request in wanted.items():
            if self.replies.is_known(key) and not _is_recorded(request):
                self._health.answered_before(request.model)

    @property
    def notes(self) -> tuple[str, ...]:
        """What people should know of how the models behaved."""
        return (*usage_notes(self._uncounted, self._replied), *self._pauses.notes())

    async def close(self) -> None:
        """Write what is left to the cache; the models stay open for other suites."""
        self._endpoints.on_dead.discard(self._end_if_any_is_dead)
        if self._next_flush is not None:
            self._next_flush.cancel()
        with self.stop.on_store_error():
            self.replies.finish()

    def _end_if_any_is_dead(self) -> None:
        """As another suite of the command may have found."""
        for spec in self._asked:
            self._end_if_dead(spec)

    async def _call(self, key: str, request: Request) -> PricedReply:
        """One reply of the model, written down and counted."""
        if _is_recorded(request):
            self.stop.check()
            reply = await self._complete(request)
            with self.stop.on_store_error():
                self.replies.write_down(key, reply)
            return self._counted(key, request, reply)
        spec = without_parameters(request.model)
        self._asked.add(spec)
        limit = self._endpoints.limit(spec)

        async def attempt() -> Reply:
            if limit.has_turns:
                async with self.stop.pausing():
                    await limit.take_turn()
            return await self._attempt(spec, request)

        async with limit.slots.turn(self._rank), self._paying(request):
            reply = replace(await self._watched(spec, attempt), asked=self._now())
            with self.stop.on_store_error():
                self.replies.write_down(key, reply)
            return self._counted(key, request, reply)

    @asynccontextmanager
    async def _paying(self, request: Request) -> AsyncIterator[None]:
        """Around a call that all budgets must have room for, if it costs anything."""
        self.stop.check()
        async with AsyncExitStack() as reserved:
            if self._budgets and self._price(request.model, Usage(1, 1)) != 0.0:
                model, ceiling = model_key(request.model), cost_ceiling(request, self._price)
                for budget in self._budgets:
                    turn = budget.reserve(self.stop, model, ceiling, self._rank)
                    await reserved.enter_async_context(turn)
            yield

    async def _watched(self, spec: ModelSpec, attempt: Callable[[], Awaitable[Reply]]) -> Reply:
        """The reply of a model that still answers; with the last of several failures alike the run ends."""
        self._end_if_dead(spec)
        self.stop.check()
        try:
            reply = await self._retry.call(spec, self._gate(spec), attempt)
        except QuotaError as exc:
            self._health.give_up(spec, str(exc))
            self._endpoints.tell_dead()
            raise RunStopped(str(exc), hint=exc.hint) from exc
        except ProviderError as exc:
            self._tell(spec, exc)
            self._health.failed(spec, exc)
            if self._health.why_dead(spec):
                self._endpoints.tell_dead()
            raise
        self._health.answered(spec)
        return reply

    async def _attempt(self, spec: ModelSpec, request: Request) -> Reply:
        try:
            return await self._complete(request)
        except ProviderBusyError as exc:
            if not exc.status:  # a server that is busy is no news until it is given up
                self._tell(spec, exc)
            raise

    def _end_if_dead(self, spec: ModelSpec) -> None:
        if why := self._health.why_dead(spec):
            self.stop.set(why)

    def _tell(self, spec: ModelSpec, exc: ProviderError) -> None:
        if self._endpoints.is_first_failure(spec):
            self.on_failure(exc.with_hint)

    def _flush(self) -> None:
        self._next_flush = None
        with self.stop.on_store_error():
            self.replies.flush()

    def _gate(self, spec: ModelSpec) -> EndpointGate:
        gate = self._endpoints.gate(spec)
        if self._pauses.begin(gate):
            gate.try_again()
        return gate

    async def _complete(self, request: Request) -> Reply:
        if (cassette := self._recorded.get(request.fingerprint)) is not None:
            return await cassette.complete(request)
        try:
            provider = self._endpoints.provider(without_parameters(request.model))
        except ProviderError as exc:  # no key, no file: no call of this run can succeed
            self.stop.set(str(exc))
            raise RunStopped(str(exc), hint=exc.hint) from exc
        return await provider.complete(request)

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
            self.tally.count(cost, estimate)
            if cost != 0:  # what is free says nothing of what the next paid call costs
                for budget in self._budgets:
                    budget.spend(cost or estimate or 0.0, model_key(request.model))
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
