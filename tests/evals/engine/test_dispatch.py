"""Every model call of a run: asked once, retried in one place, stopped in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from promptops.errors import ProviderBusyError, ProviderError, QuotaError, RunStopped
from promptops.evals.engine import dispatch
from promptops.evals.engine.dispatch import Dispatcher
from promptops.evals.engine.endpoint_health import EndpointHealth
from promptops.evals.engine.endpoints import Endpoints
from promptops.evals.engine.known_replies import KnownReplies
from promptops.evals.engine.shared_replies import SharedReplies
from promptops.evals.engine.spending_limit import SpendingLimit
from promptops.model.chat.message import Message
from promptops.model.config import Limits, ModelSpec
from promptops.model.model_call import Reply, Request, Usage
from promptops.providers.cassette import RECORDED
from promptops.store.journal import Journal, read_journal
from promptops.store.reply_cache import ReplyCache
from tests.store.memory import MemoryReplyCache

SPEC = ModelSpec("m", "openai", "model-1", limits=Limits(concurrency=4, max_retries=3, max_wait=60))


def request(text: str, spec: ModelSpec = SPEC) -> Request:
    return Request(spec, (Message("user", text),))


class Provider:
    """Answers with a function; remembers how many calls were in flight at once."""

    def __init__(self, answer: Callable[[str, int], Reply]) -> None:
        self.answer = answer
        self.calls: list[str] = []
        self.flying = self.most = 0
        self.closed = False

    async def complete(self, request: Request) -> Reply:
        text = request.messages[0].text
        self.calls.append(text)
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await asyncio.sleep(0)
            return self.answer(text, self.calls.count(text))
        finally:
            self.flying -= 1

    async def close(self) -> None:
        self.closed = True


class Clock:
    """Sleeps without waiting and remembers how long it should have been."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def make(
    provider: Provider,
    clock: Clock | None = None,
    *,
    cache: ReplyCache | SharedReplies | None = None,
    journal: Journal | None = None,
    resumed: Mapping[str, Reply] = {},
    health: EndpointHealth | None = None,
    endpoints: Endpoints | None = None,
    open_provider: Callable[[ModelSpec], Provider] | None = None,
    max_cost: float | None = None,
    sleep: Callable[[float], Awaitable[None]] | None = None,
    **more: object,
) -> Dispatcher:
    clock = clock or Clock()
    endpoints = endpoints or Endpoints(
        open_provider or (lambda spec: provider), health=health, sleep=sleep or clock.sleep, clock=lambda: clock.now
    )
    settings: dict[str, object] = {
        "price": lambda spec, usage: (usage.output_tokens or 0) * 0.01,
        "replies": KnownReplies(cache or MemoryReplyCache(), journal, resumed),
        "budgets": () if max_cost is None else (SpendingLimit(max_cost),),
    }
    return Dispatcher(endpoints, **(settings | more))  # type: ignore[arg-type]  # a dict of settings


def echo(text: str, attempt: int) -> Reply:
    return Reply(text.upper(), usage=Usage(1, 1), latency=0.1)


async def all_of(dispatcher: Dispatcher, *texts: str) -> list[object]:
    found = await asyncio.gather(*(dispatcher.ask(request(text)) for text in texts), return_exceptions=True)
    await dispatcher.close()
    return list(found)


def test_the_same_request_is_asked_once_even_at_the_same_time() -> None:
    provider = Provider(echo)
    dispatcher = make(provider)
    answers = asyncio.run(all_of(dispatcher, "a", "a", "a", "b"))
    assert sorted(provider.calls) == ["a", "b"]
    assert [answer.reply.text for answer in answers] == ["A", "A", "A", "B"]  # type: ignore[attr-defined]
    assert (dispatcher.tally.called, dispatcher.tally.cached) == (2, 2)
    assert dispatcher.tally.cost == pytest.approx(0.02)


def test_the_cache_answers_without_a_provider() -> None:
    cache = MemoryReplyCache()
    key = request("a").key
    cache.put_many({key: Reply("from the cache")})

    def none(spec: ModelSpec) -> Provider:
        raise AssertionError("no provider is needed")

    dispatcher = make(Provider(echo), open_provider=none, cache=cache)
    dispatcher.replies.look_up([key])
    (answer,) = asyncio.run(all_of(dispatcher, "a"))
    assert answer.reply.text == "from the cache"  # type: ignore[attr-defined]
    assert answer.cached  # type: ignore[attr-defined]


def test_no_more_calls_fly_than_the_limit_allows() -> None:
    provider = Provider(echo)
    asyncio.run(all_of(make(provider), *[str(n) for n in range(50)]))
    assert provider.most == SPEC.limits.concurrency


def test_a_busy_server_is_asked_again_with_growing_pauses_and_counted() -> None:
    def answer(text: str, attempt: int) -> Reply:
        if attempt < 3:
            raise ProviderBusyError("busy")
        return echo(text, attempt)

    clock = Clock()
    dispatcher = make(Provider(answer), clock)
    (found,) = asyncio.run(all_of(dispatcher, "a"))
    assert found.reply.attempts == 3  # type: ignore[attr-defined]
    assert dispatcher.tally.retried == 2
    assert 0.25 <= clock.slept[0] <= 0.5 <= clock.slept[1] <= 1.0


def test_after_the_last_retry_the_error_is_final() -> None:
    def busy(text: str, attempt: int) -> Reply:
        raise ProviderBusyError("busy")

    provider = Provider(busy)
    (found,) = asyncio.run(all_of(make(provider), "a"))
    assert isinstance(found, ProviderError)
    assert not isinstance(found, ProviderBusyError)
    assert "4 attempts" in str(found)
    assert len(provider.calls) == 4


def test_case_16_a_short_retry_after_is_obeyed_and_a_long_one_refused() -> None:
    def short(text: str, attempt: int) -> Reply:
        if attempt == 1:
            raise ProviderBusyError("slow down", retry_after=30)
        return echo(text, attempt)

    clock = Clock()
    asyncio.run(all_of(make(Provider(short), clock), "a"))
    (slept,) = clock.slept
    assert 30 <= slept <= 33

    def long(text: str, attempt: int) -> Reply:
        raise ProviderBusyError("slow down", retry_after=300)

    (found,) = asyncio.run(all_of(make(Provider(long)), "a"))
    assert isinstance(found, ProviderError)
    assert "300 s" in str(found)
    assert "maxWait" in found.hint


def test_case_17_a_spent_quota_stops_the_run_and_asks_no_more() -> None:
    def spent(text: str, attempt: int) -> Reply:
        raise QuotaError("the account is used up")

    provider = Provider(spent)
    dispatcher = make(provider)
    found = asyncio.run(all_of(dispatcher, *[str(n) for n in range(30)]))
    assert all(isinstance(one, RunStopped) for one in found)
    assert len(provider.calls) <= SPEC.limits.concurrency
    assert dispatcher.stop.reason == "the account is used up"


def test_the_budget_stops_the_run() -> None:
    provider = Provider(echo)
    dispatcher = make(provider, max_cost=0.05)
    found = asyncio.run(all_of(dispatcher, *[str(n) for n in range(30)]))
    # Calls already in flight when the budget ends are paid for: never more than the limit allows at once.
    assert 5 <= len(provider.calls) <= 5 + SPEC.limits.concurrency
    assert any(isinstance(one, RunStopped) for one in found)
    assert "$0.05" in dispatcher.stop.reason


def test_with_50_in_flight_a_budget_is_overspent_by_one_call_at_most() -> None:
    spec = ModelSpec("m", "openai", "model-1", limits=Limits(concurrency=50))
    provider = Provider(lambda text, count: Reply(text, usage=Usage(0, 100)))
    dispatcher = make(provider, price=lambda spec, usage: usage.output_tokens / 100, max_cost=7.5)

    async def ask() -> list[object]:
        return await asyncio.gather(*(dispatcher.ask(request(str(n), spec)) for n in range(60)), return_exceptions=True)

    answers = asyncio.run(ask())
    assert sum(isinstance(found, RunStopped) for found in answers) == 52
    assert (len(provider.calls), dispatcher.tally.cost) == (8, 8.0)
    assert provider.most == 6


def test_a_budget_does_not_slow_down_what_costs_nothing() -> None:
    spec = ModelSpec("m", "openai", "model-1", limits=Limits(concurrency=20))
    provider = Provider(lambda text, count: Reply(text))
    dispatcher = make(provider, price=lambda spec, usage: 0.0, max_cost=0.0)

    async def ask() -> None:
        await asyncio.gather(*(dispatcher.ask(request(str(n), spec)) for n in range(20)))

    asyncio.run(ask())
    assert provider.most == 20


def test_after_free_replies_the_first_paid_call_still_flies_alone() -> None:
    judge = replace(SPEC, alias="judge", model="judge-1")

    def price(spec: ModelSpec, usage: Usage) -> float:
        return 0.01 if spec.alias == "judge" else 0.0

    async def asked(dispatcher: Dispatcher) -> None:
        await all_of(dispatcher, *[str(number) for number in range(4)])
        await _gathered(dispatcher, *[request(f"judge {number}", judge) for number in range(4)])

    provider = Provider(echo)
    dispatcher = make(provider, price=price, max_cost=0.01)
    asyncio.run(asked(dispatcher))
    assert sum(text.startswith("judge") for text in provider.calls) == 1
    assert "budget" in dispatcher.stop.reason


def test_an_unknown_price_is_counted_and_never_zero() -> None:
    dispatcher = make(Provider(echo), price=lambda spec, usage: None)
    (found,) = asyncio.run(all_of(dispatcher, "a"))
    assert found.cost is None  # type: ignore[attr-defined]
    assert dispatcher.tally.unknown_cost == 1


def test_every_reply_is_in_the_journal_before_it_is_used(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", "sha256:plan")
    dispatcher = make(Provider(echo), journal=journal)
    asyncio.run(all_of(dispatcher, "a", "b"))
    journal.close()
    assert {reply.text for reply in read_journal(tmp_path / "j").replies.values()} == {"A", "B"}


def test_a_resumed_run_counts_as_if_it_had_never_stopped() -> None:
    first = make(Provider(echo))
    asyncio.run(all_of(first, "a", "b", "a"))
    provider = Provider(echo)
    second = make(provider, resumed={request("a").key: Reply("A", usage=Usage(1, 1), latency=0.1)})
    answers = asyncio.run(all_of(second, "a", "b", "a"))
    assert provider.calls == ["b"]
    assert second.tally == first.tally
    assert not answers[0].cached  # type: ignore[attr-defined]


def test_a_failed_call_is_an_error_for_all_who_wait_for_it() -> None:
    def broken(text: str, attempt: int) -> Reply:
        raise ProviderError("no such model")

    found = asyncio.run(all_of(make(Provider(broken)), "a", "a"))
    assert [type(one) for one in found] == [ProviderError, ProviderError]


def test_a_limit_a_minute_is_kept() -> None:
    spec = ModelSpec("m", "openai", "model-1", limits=Limits(concurrency=50, requests_per_minute=1000))
    provider = Provider(echo)

    async def ask() -> None:
        dispatcher = make(provider)
        await asyncio.gather(*(dispatcher.ask(request(str(n), spec)) for n in range(20)))
        await dispatcher.close()

    asyncio.run(ask())
    assert len(provider.calls) == 20


def test_a_reply_of_this_run_is_no_old_one_for_the_next_who_asks_the_same() -> None:
    dispatcher = make(Provider(echo))

    async def ask() -> list[bool]:
        return [(await dispatcher.ask(request("a"))).cached for _ in range(2)]

    assert asyncio.run(ask()) == [False, False]
    assert (dispatcher.tally.called, dispatcher.tally.cached) == (1, 1)


def test_who_waits_for_a_busy_server_does_not_ask_again_once_the_run_has_to_end() -> None:
    def answer(text: str, attempt: int) -> Reply:
        raise ProviderBusyError("busy") if text == "patient" else QuotaError("the account is used up")

    provider = Provider(answer)

    async def asleep(seconds: float) -> None:
        while not dispatcher.stop.reason:
            await asyncio.sleep(0)

    dispatcher = make(provider, sleep=asleep)
    found = asyncio.run(all_of(dispatcher, "patient", "last"))
    assert [type(one) for one in found] == [RunStopped, RunStopped]
    assert sorted(provider.calls) == ["last", "patient"]


@pytest.mark.parametrize(
    ("busy", "limits"),
    [
        (ProviderBusyError("reset"), {}),
        (ProviderBusyError("slow down", retry_after=50, rate_limited=True), {}),
        (None, {"requests_per_minute": 1}),
    ],
)
def test_a_run_that_has_to_end_waits_for_no_pause(busy: ProviderBusyError | None, limits: dict[str, int]) -> None:
    def answer(text: str, attempt: int) -> Reply:
        if text == "patient" and busy is not None:
            raise busy
        return echo(text, attempt)

    async def asleep(seconds: float) -> None:
        await asyncio.Event().wait()  # until the end of time

    async def asked() -> list[object]:
        calls = asyncio.gather(*(dispatcher.ask(request(text, spec)) for text in texts), return_exceptions=True)
        while len(provider.calls) < 1:
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        dispatcher.stop.set("enough")
        return list(await asyncio.wait_for(calls, 30))

    spec, texts = replace(SPEC, limits=SPEC.limits._replace(**limits)), ["patient", "patient too"]
    provider = Provider(answer)
    dispatcher = make(provider, sleep=asleep)
    found = asyncio.run(asked())
    assert isinstance(found[1 if busy is None else 0], RunStopped)
    assert "patient" in provider.calls[0]
    assert provider.calls.count("patient") == 1


def test_what_is_asked_once_has_no_number_of_attempts() -> None:
    def busy(text: str, attempt: int) -> Reply:
        raise ProviderBusyError("the server answered 502", status=502)

    spec = replace(SPEC, limits=SPEC.limits._replace(max_retries=0))
    (found,) = asyncio.run(_gathered(make(Provider(busy)), request("a", spec)))
    assert str(found) == "the server answered 502"


def test_case_56_a_refusal_pauses_all_who_call_at_the_address_with_the_same_key() -> None:
    def answer(text: str, attempt: int) -> Reply:
        if text == "first" and attempt == 1:
            raise ProviderBusyError("slow down", retry_after=30, rate_limited=True)
        called[text] = clock.now
        return echo(text, attempt)

    called: dict[str, float] = {}
    clock = Clock()
    twin = ModelSpec("twin", "openai", "model-2", limits=SPEC.limits)
    other_key = ModelSpec("own", "openai", "model-1", api_key_env="OTHER", limits=SPEC.limits)
    elsewhere = ModelSpec("far", "openai", "model-1", "https://far.example/v1", limits=SPEC.limits)
    dispatcher = make(Provider(answer), clock)

    async def ask() -> None:
        first = asyncio.create_task(dispatcher.ask(request("first")))
        while not clock.slept:
            await asyncio.sleep(0)
        clock.now = 0.0  # the pause has just begun
        await dispatcher.ask(request("far", elsewhere))
        await dispatcher.ask(request("own", other_key))
        await dispatcher.ask(request("twin", twin))
        await first

    asyncio.run(ask())
    assert (called["far"], called["own"]) == (0.0, 0.0)
    assert called["twin"] >= 30


def test_case_56_waits_that_the_server_asked_for_burn_no_attempt() -> None:
    def answer(text: str, attempt: int) -> Reply:
        if attempt <= 20:
            raise ProviderBusyError("slow down", retry_after=1, rate_limited=True)
        return echo(text, attempt)

    dispatcher = make(Provider(answer))
    (found,) = asyncio.run(all_of(dispatcher, "a"))
    assert found.reply.attempts == 21  # type: ignore[attr-defined]
    (note,) = dispatcher.notes
    assert "asked 20 times to slow down" in note


def test_case_56_after_refusals_fewer_calls_fly_and_with_answers_more_again() -> None:
    def answer(text: str, attempt: int) -> Reply:
        if provider.flying > 3:
            raise ProviderBusyError("slow down", retry_after=1, rate_limited=True)
        return echo(text, attempt)

    provider = Provider(answer)
    spec = ModelSpec("m", "openai", "model-1", limits=Limits(concurrency=100))
    dispatcher = make(provider)

    async def ask() -> None:
        await asyncio.gather(*(dispatcher.ask(request(str(n), spec)) for n in range(100)))

    asyncio.run(ask())
    assert dispatcher.tally.called == 100
    # Everybody once, half of them again, and so on; not a hundred at each of the many pauses.
    assert dispatcher.tally.retried < 400


def test_case_16_a_server_that_never_answers_is_given_up_after_the_longest_wait() -> None:
    def answer(text: str, attempt: int) -> Reply:
        raise ProviderBusyError("the server answered 429", retry_after=7, rate_limited=True)

    provider, clock = Provider(answer), Clock()
    found = asyncio.run(all_of(make(provider, clock), *[str(n) for n in range(30)]))
    assert {type(one) for one in found} == {ProviderError}
    assert 40 < clock.now < 70  # maxWait is 60
    assert len(provider.calls) < 60
    assert "set limits.requestsPerMinute of 'm'" in found[0].hint  # type: ignore[attr-defined]


def test_case_56_a_call_that_alone_is_always_refused_ends_though_others_are_answered() -> None:
    def answer(text: str, attempt: int) -> Reply:
        if text == "too large":
            raise ProviderBusyError("request too large", retry_after=1, rate_limited=True)
        return echo(text, attempt)

    provider = Provider(answer)
    found = asyncio.run(all_of(make(provider), "too large", *[str(n) for n in range(200)]))
    assert isinstance(found[0], ProviderError)
    assert not [one for one in found[1:] if isinstance(one, Exception)]


@pytest.mark.parametrize("retry_after", [0.0, 1.0, None])
@pytest.mark.parametrize("concurrency", [1, 2, 4])
def test_case_56_one_call_that_is_always_refused_keeps_no_other_out(
    concurrency: int, retry_after: float | None
) -> None:
    def answer(text: str, attempt: int) -> Reply:
        if text == "too large":
            raise ProviderBusyError("slow down", retry_after=retry_after, rate_limited=True, status=429)
        return echo(text, attempt)

    others = [str(number) for number in range(30)]
    spec = replace(SPEC, limits=SPEC.limits._replace(concurrency=concurrency))
    requests = [request(text, spec) for text in ["0", "too large", *others[1:]]]
    found = asyncio.run(_gathered(make(Provider(answer)), *requests))
    assert [number for number, one in enumerate(found) if isinstance(one, Exception)] == [1]


def test_other_parameters_of_a_model_share_its_limit() -> None:
    provider = Provider(echo)
    warm = replace(SPEC, parameters={"temperature": 1})
    dispatcher = make(provider)

    async def ask() -> None:
        await asyncio.gather(*(dispatcher.ask(request(str(n), (SPEC, warm)[n % 2])) for n in range(40)))

    asyncio.run(ask())
    assert provider.most == SPEC.limits.concurrency


def test_a_model_with_a_price_that_counts_no_tokens_is_told_and_its_budget_is_kept_by_an_estimate() -> None:
    def price(spec: ModelSpec, usage: Usage) -> float | None:
        return None if usage.output_tokens is None else usage.output_tokens * 0.01

    provider = Provider(lambda text, attempt: Reply("four" * 10))
    dispatcher = make(provider, price=price, max_cost=0.35)
    found = asyncio.run(all_of(dispatcher, *[str(n) for n in range(30)]))
    assert len(provider.calls) == 4  # ten tokens each
    assert sum(isinstance(one, RunStopped) for one in found) == 26
    assert (dispatcher.tally.cost, dispatcher.tally.unknown_cost) == (0.0, 4)
    assert dispatcher.tally.budget_spent == pytest.approx(0.4)
    (note,) = dispatcher.notes
    assert note.startswith("m did not say how many tokens it used for 4 of 4 replies")


@pytest.mark.parametrize("price", [lambda spec, usage: None, lambda spec, usage: 0.0])
def test_a_model_without_a_price_needs_no_word_about_its_usage(price: object) -> None:
    dispatcher = make(Provider(lambda text, attempt: Reply("x")), price=price)
    asyncio.run(all_of(dispatcher, "a"))
    assert dispatcher.notes == ()


def test_a_dear_model_after_a_cheap_one_passes_the_budget_by_no_more_than_the_calls_in_flight() -> None:
    cheap, dear = (ModelSpec(name, "openai", name, limits=Limits(concurrency=4)) for name in ("cheap", "dear"))
    provider = Provider(echo)
    dispatcher = make(provider, price=lambda spec, usage: 0.01 if spec.alias == "cheap" else 1.0, max_cost=0.5)

    async def ask() -> list[object]:
        await dispatcher.ask(request("first", cheap))
        calls = (dispatcher.ask(request(str(n), dear)) for n in range(20))
        return list(await asyncio.gather(*calls, return_exceptions=True))

    answers = asyncio.run(ask())
    assert sum(not isinstance(one, Exception) for one in answers) <= 4
    assert any(isinstance(one, RunStopped) for one in answers)


def test_case_57_replies_go_to_the_cache_in_time_though_no_further_one_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dispatch.FLUSH_SECONDS <= 1
    monkeypatch.setattr(dispatch, "FLUSH_SECONDS", 0.0)
    cache = MemoryReplyCache()
    dispatcher = make(Provider(echo), cache=cache)

    async def ask() -> None:
        for text in ("a", "b"):
            await dispatcher.ask(request(text))
            await asyncio.sleep(0.01)
            assert cache.get_many([request(text).key])  # long before the run ends

    asyncio.run(ask())


def test_a_reply_says_when_it_was_asked_and_still_does_when_it_comes_from_the_cache() -> None:
    cache = MemoryReplyCache()
    asyncio.run(all_of(make(Provider(echo), cache=cache, now=lambda: "2026-11-01T08:00:00+00:00"), "a"))
    (later,) = asyncio.run(all_of(make(Provider(echo), cache=cache, now=lambda: "2026-11-30T08:00:00+00:00"), "a"))
    assert (later.cached, later.reply.asked) == (True, "2026-11-01T08:00:00+00:00")  # type: ignore[attr-defined]
    assert later.reply.latency == 0.1  # type: ignore[attr-defined]


def test_case_56_the_next_suite_of_the_command_waits_as_the_one_before_was_told() -> None:
    def answer(text: str, attempt: int) -> Reply:
        if text == "refused":
            raise ProviderBusyError("slow down", retry_after=50, rate_limited=True)
        return echo(text, attempt)

    health, clock = EndpointHealth(), Clock()

    async def first() -> None:
        dispatcher = make(Provider(answer), clock, health=health)
        asking = asyncio.create_task(dispatcher.ask(request("refused")))
        while not clock.slept:
            await asyncio.sleep(0)
        asking.cancel()

    asyncio.run(first())
    clock.slept, clock.now = [], 10.0
    asyncio.run(all_of(make(Provider(answer), clock, health=health), "a"))
    assert clock.slept[0] >= 40


def test_recorded_replies_without_usage_need_no_word() -> None:
    dispatcher = make(Provider(lambda text, attempt: Reply("x")), price=lambda spec, usage: usage.output_tokens)
    recorded = replace(request("a"), fingerprint=f"{RECORDED}sha256:1")
    asyncio.run(dispatcher.ask(recorded))
    assert dispatcher.notes == ()


@pytest.mark.parametrize(("retry_after", "calls"), [(None, 1), (1.0, 3)])
def test_without_retries_only_a_server_that_says_for_how_long_is_waited_for(
    retry_after: float | None, calls: int
) -> None:
    def answer(text: str, attempt: int) -> Reply:
        if attempt < 3:
            raise ProviderBusyError("slow down", retry_after=retry_after, rate_limited=True, status=429)
        return echo(text, attempt)

    spec = replace(SPEC, limits=SPEC.limits._replace(max_retries=0))
    provider = Provider(answer)
    (found,) = asyncio.run(asyncio.wait_for(_gathered(make(provider), request("a", spec)), 30))
    assert len(provider.calls) == calls
    if calls == 1:
        assert isinstance(found, ProviderError)
        assert "limits.requestsPerMinute of 'm'" in found.hint
        assert found.status == 429


async def _gathered(dispatcher: Dispatcher, *requests: Request) -> list[object]:
    return list(await asyncio.gather(*map(dispatcher.ask, requests), return_exceptions=True))
