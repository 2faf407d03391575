"""Every model call of a run goes through here: cache, journal, limits, retries, budget."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace

from promptops.errors import PromptopsError, ProviderBusyError, ProviderError, QuotaError, StoreError
from promptops.model.completion import Provider, Reply, Request, Usage
from promptops.model.config import ModelSpec
from promptops.providers.recorded import RECORDED
from promptops.store.journal import Journal
from promptops.store.reply_cache import ReplyCache

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 8.0
_CACHE_BATCH = 100

Price = Callable[[ModelSpec, Usage], float | None]
"""What a call cost in US dollars, None when the price is not known."""


class RunStopped(PromptopsError):
    """The run cannot go on: quota, budget or disk. What is finished is kept; `--resume` goes on from there."""


@dataclass(slots=True)
class Tally:
    """Counts of one run; `cost` in US dollars over calls made in this run."""

    called: int = 0
    cached: int = 0
    failed: int = 0
    retried: int = 0
    cost: float = 0.0
    unknown_cost: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply, what it costs (or once cost), and whether it was called for in this run."""

    reply: Reply
    cost: float | None
    cached: bool


@dataclass(slots=True)
class Caller:
    """Asks models. The same request is asked once, however many units want it at the same time."""

    open_provider: Callable[[ModelSpec], Provider]
    price: Price
    cache: ReplyCache
    journal: Journal | None = None
    max_cost: float | None = None
    known: dict[str, Reply] = field(default_factory=dict)
    on_reply: Callable[[str, Reply], None] | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    tally: Tally = field(default_factory=Tally)
    stopped: str = ""
    # By the whole spec: base and head may mean different models by one alias.
    _providers: dict[ModelSpec, Provider] = field(default_factory=dict)
    _gates: dict[ModelSpec, asyncio.Semaphore] = field(default_factory=dict)
    _rates: dict[ModelSpec, AbstractAsyncContextManager[None]] = field(default_factory=dict)
    _pending: dict[str, asyncio.Future[Reply]] = field(default_factory=dict)
    _landed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _flying: int = 0
    _dearest: float | None = None
    _called: set[str] = field(default_factory=set)
    _looked_up: set[str] = field(default_factory=set)
    _journaled: dict[str, Reply] = field(default_factory=dict)
    _unsaved: dict[str, Reply] = field(default_factory=dict)

    def preload(self, keys: list[str]) -> int:
        """Load what the cache knows of these keys; returns how many of them need no call."""
        self._looked_up.update(keys)
        self.known.update(self.cache.get_many([key for key in keys if key not in self._journaled]))
        return sum(key in self.known or key in self._journaled for key in keys)

    def resume(self, replies: Mapping[str, Reply]) -> None:
        """Go on after an interrupted run: its replies count as calls of this run, but are not asked again."""
        self._journaled.update(replies)

    async def call(self, request: Request, key: str = "") -> Answer:
        """The reply to this request, from this run, the journal, the cache or the model.

        Raises ProviderError when the model fails for good and RunStopped when the run has to end.
        """
        key = key or request.key
        answer = await self._answer(request, key)
        if self.on_reply is not None:
            self.on_reply(key, answer.reply)
        return answer

    async def _answer(self, request: Request, key: str) -> Answer:
        if (journaled := self._journaled.pop(key, None)) is not None:
            self.tally.retried += journaled.attempts - 1
            return Answer(journaled, self._keep(key, request, journaled), cached=False)
        if key not in self._looked_up:  # a judge's question is known only when there is a reply to judge
            self.preload([key])
        reply = self.known.get(key)
        if reply is None and (pending := self._pending.get(key)) is not None:
            reply = await asyncio.shield(pending)
        if reply is not None:
            self.tally.cached += 1
            return Answer(reply, self.price(request.model, reply.usage), cached=key not in self._called)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._pending[key] = future
        try:
            cost, reply = await self._ask(key, request)
        except BaseException as exc:
            self.tally.failed += 1
            self._fail(future, exc)
            raise
        finally:
            del self._pending[key]
        future.set_result(reply)
        return Answer(reply, cost, cached=False)

    async def close(self) -> None:
        """Write what is left to the cache and end all providers."""
        try:
            self._flush()
        finally:
            for provider in self._providers.values():
                await provider.close()

    @staticmethod
    def _fail(future: asyncio.Future[Reply], exc: BaseException) -> None:
        if isinstance(exc, PromptopsError):
            future.set_exception(exc)
            future.exception()  # marks it as seen: often nobody else waits for this reply
        else:
            future.cancel()

    def _keep(self, key: str, request: Request, reply: Reply) -> float | None:
        """Count the reply and remember it; returns its cost."""
        self.tally.called += 1
        self.known[key] = self._unsaved[key] = reply
        self._called.add(key)
        if len(self._unsaved) >= _CACHE_BATCH:
            self._flush()
        cost = self.price(request.model, reply.usage)
        if request.fingerprint.startswith(RECORDED):
            return cost  # what it once cost; nobody pays for it now
        if cost is None:
            self.tally.unknown_cost += 1
        else:
            self.tally.cost += cost
        self._dearest = max(self._dearest or 0.0, cost or 0.0)
        return cost

    def _write_down(self, key: str, reply: Reply) -> None:
        """Into the journal, before anything is made of the reply."""
        if self.journal is not None:
            try:
                self.journal.append(key, reply)
            except StoreError as exc:
                self.stop(str(exc))

    def _flush(self) -> None:
        unsaved, self._unsaved = self._unsaved, {}
        try:
            self.cache.put_many(unsaved)
        except StoreError as exc:
            self.stop(str(exc))

    def stop(self, why: str) -> None:
        """Begin no further call; the first reason stays."""
        self.stopped = self.stopped or why

    def _check_open(self, *, paid: bool) -> None:
        if not self.stopped and paid and self.max_cost is not None and self.tally.cost >= self.max_cost:
            self.stop(f"the budget of ${self.max_cost:.2f} is spent; raise --max-cost (or maxCost) to go on")
        if self.stopped:
            raise RunStopped(self.stopped)

    def _is_paid(self, request: Request) -> bool:
        if request.fingerprint.startswith(RECORDED):
            return False
        return self.price(request.model, Usage(1, 1)) != 0.0

    @asynccontextmanager
    async def _within_budget(self, request: Request) -> AsyncIterator[None]:
        """Begin a call only where the budget also holds if it and all that are in flight cost what the dearest did.

        The first call of a run flies alone: nobody knows yet what one costs. A budget is overspent by one call at most.
        """
        if self.max_cost is None or not self._is_paid(request):
            self._check_open(paid=False)
            yield
            return
        async with self._landed:
            await self._landed.wait_for(self._may_fly)
            self._check_open(paid=True)
            self._flying += 1
        try:
            yield
        finally:
            async with self._landed:
                self._flying -= 1
                self._landed.notify_all()

    def _may_fly(self) -> bool:
        assert self.max_cost is not None
        if self._flying == 0 or self.stopped or self.tally.cost >= self.max_cost:
            return True
        return self._dearest is not None and self.tally.cost + (self._flying + 1) * self._dearest <= self.max_cost

    async def _ask(self, key: str, request: Request) -> tuple[float | None, Reply]:
        """One reply, written down and counted; its cost with it."""
        gate = self._gates.setdefault(request.model, asyncio.Semaphore(request.model.limits.concurrency))
        async with gate, self._within_budget(request):
            reply = await self._try(request)
            self._write_down(key, reply)
            return self._keep(key, request, reply), reply

    async def _try(self, request: Request) -> Reply:
        """One call with its retries: the only place that retries."""
        spec = request.model
        provider = self._providers.get(spec)
        if provider is None:
            try:
                provider = self._providers[spec] = self.open_provider(spec)
            except ProviderError as exc:  # no key, no file: no call of this run can succeed
                self.stop(str(exc))
                raise RunStopped(str(exc), hint=exc.hint) from exc
        for attempt in range(1, spec.limits.max_retries + 2):
            try:
                async with self._rate(spec):
                    reply = await provider.complete(request)
                return replace(reply, attempts=attempt) if attempt > 1 else reply
            except QuotaError as exc:
                self.stop(str(exc))
                raise RunStopped(str(exc), hint=exc.hint) from exc
            except ProviderBusyError as exc:
                await self._wait(exc, attempt, spec)
        raise AssertionError("unreachable: the last attempt raises")

    async def _wait(self, exc: ProviderBusyError, attempt: int, spec: ModelSpec) -> None:
        """Sleep before the next attempt, or raise the error for good."""
        if attempt > spec.limits.max_retries:
            raise ProviderError(f"{exc} ({attempt} attempts)", hint=exc.hint) from exc
        pause = exc.retry_after
        if pause is None:
            # Spread by chance, so that 200 calls refused together do not come back together.
            pause = min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT) * random.uniform(0.5, 1.0)  # noqa: S311
        elif pause > spec.limits.max_wait:
            hint = f"wait, or raise limits.maxWait of '{spec.alias}' (now {spec.limits.max_wait:g} s)"
            raise ProviderError(f"the server asks to wait {pause:g} s", hint=hint) from exc
        self.tally.retried += 1
        await self.sleep(pause)
        self._check_open(paid=False)

    def _rate(self, spec: ModelSpec) -> AbstractAsyncContextManager[None]:
        if spec not in self._rates:
            limit = spec.limits.requests_per_minute
            if limit is None:
                self._rates[spec] = nullcontext()
            else:
                from aiolimiter import AsyncLimiter  # only where a model has a limit

                self._rates[spec] = AsyncLimiter(limit, 60)
        return self._rates[spec]
