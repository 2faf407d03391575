"""Several suites of a command at the same models: what one is answered, another need not ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from promptops.errors import ProviderBusyError, ProviderError, QuotaError, RunStopped
from promptops.evals.engine.dispatch import Dispatcher, PricedReply
from promptops.evals.engine.endpoints import Endpoints
from promptops.evals.engine.known_replies import KnownReplies
from promptops.evals.engine.shared_replies import SharedReplies
from promptops.evals.engine.spending_limit import SpendingLimit
from promptops.model.chat.message import Message
from promptops.model.config import Limits, ModelSpec
from promptops.model.model_call import Reply, Request, Usage
from promptops.providers.scripted import Answer, ScriptedProvider
from promptops.workflows.eval.asked_again import EveryKey
from tests.store.memory import MemoryReplyCache

SPEC = ModelSpec("m", "openai", "m-1", limits=Limits(concurrency=4, max_retries=1))


def request(text: str, spec: ModelSpec = SPEC) -> Request:
    return Request(spec, (Message("user", text),))


def echo(asked: Request) -> Answer:
    return Reply(asked.messages[0].text, usage=Usage(1, 1))


@dataclass
class Command:
    """What two suites share."""

    provider: ScriptedProvider
    endpoints: Endpoints
    replies: SharedReplies
    budget: SpendingLimit

    def suite(self, rank: int = 0, *, fresh: bool = False) -> Dispatcher:
        known = KnownReplies(self.replies, asked_again=EveryKey() if fresh else ())
        return Dispatcher(self.endpoints, lambda spec, usage: 0.01, known, budgets=[self.budget], rank=rank)


def command(script: Callable[[Request], Answer] = echo, *, max_cost: float = 100.0) -> Command:
    provider = ScriptedProvider(script)

    async def no_wait(seconds: float) -> None:
        await asyncio.sleep(0)

    endpoints = Endpoints(lambda spec: provider, sleep=no_wait)
    return Command(provider, endpoints, SharedReplies(MemoryReplyCache()), SpendingLimit(max_cost))


async def asked(suite: Dispatcher, *texts: str, spec: ModelSpec = SPEC) -> list[PricedReply | BaseException]:
    suite.look_up({request(text, spec).key: request(text, spec) for text in texts})
    return list(await asyncio.gather(*(suite.ask(request(text, spec)) for text in texts), return_exceptions=True))


async def side_by_side(first: Dispatcher, second: Dispatcher, *texts: str) -> tuple[list[object], list[object]]:
    found = await asyncio.gather(asked(first, *texts), asked(second, *texts))
    await first.close()
    await second.close()
    return list(found[0]), list(found[1])


def test_what_two_suites_want_at_the_same_time_is_asked_once() -> None:
    shared = command()
    first, second = shared.suite(0), shared.suite(1)
    asyncio.run(side_by_side(first, second, "a", "b", "c"))
    assert shared.provider.calls == 3
    assert (first.tally.called, first.tally.cached) == (3, 0)
    assert (second.tally.called, second.tally.cached, second.tally.cost) == (0, 3, 0.0)


def test_the_reply_of_another_suite_is_an_older_one_to_this_suite() -> None:
    shared = command()
    mine, theirs = asyncio.run(side_by_side(shared.suite(0), shared.suite(1), "a"))
    assert isinstance(mine[0], PricedReply)
    assert isinstance(theirs[0], PricedReply)
    assert (mine[0].cached, theirs[0].cached) == (False, True)
    assert theirs[0].reply.asked == mine[0].reply.asked != ""


def test_a_suite_that_looked_before_the_other_was_answered_looks_again() -> None:
    shared = command()

    async def one_after_the_other() -> None:
        later = shared.suite(1)
        later.look_up({request("a").key: request("a")})
        await asked(shared.suite(0), "a")
        assert not isinstance((await asked(later, "a"))[0], BaseException)

    asyncio.run(one_after_the_other())
    assert shared.provider.calls == 1


def test_with_fresh_each_suite_asks_for_itself() -> None:
    shared = command()
    asyncio.run(side_by_side(shared.suite(0, fresh=True), shared.suite(1, fresh=True), "a", "b"))
    assert shared.provider.calls == 4


def test_a_call_that_fails_for_one_suite_is_tried_by_the_other_itself() -> None:
    def once(asked: Request) -> Answer:
        return ProviderError("filtered", status=400) if shared.provider.calls == 1 else echo(asked)

    shared = command(once)
    mine, theirs = asyncio.run(side_by_side(shared.suite(0), shared.suite(1), "a"))
    assert isinstance(mine[0], ProviderError)
    assert isinstance(theirs[0], PricedReply)


def test_the_limit_of_a_model_holds_for_all_suites_and_aliases_together() -> None:
    shared = command()
    twin = replace(SPEC, alias="twin", limits=Limits(concurrency=9))

    async def all_of_them() -> None:
        texts = [str(number) for number in range(20)]
        suites = [shared.suite(0), shared.suite(1), shared.suite(2)]
        asking = (asked(suite, *(f"{n}-{text}" for text in texts), spec=(SPEC, twin)[n % 2]) for n, suite in
                  enumerate(suites))  # fmt: skip
        await asyncio.gather(*asking)

    asyncio.run(all_of_them())
    assert shared.provider.calls == 60
    assert shared.provider.most_in_flight == 4


def test_a_budget_holds_for_all_suites_and_each_says_why_it_stopped() -> None:
    shared = command(max_cost=0.05)
    first, second = shared.suite(0), shared.suite(1)

    async def all_of_them() -> None:
        await asyncio.gather(asked(first, *"abcdefgh"), asked(second, *"ijklmnop"))

    asyncio.run(all_of_them())
    assert shared.provider.calls == 5
    assert "the budget of $0.05 is spent" in first.stop.reason
    assert first.stop.reason == second.stop.reason


def test_a_spent_quota_ends_every_suite_that_asks_this_model_and_no_other() -> None:
    big = replace(SPEC, alias="big", model="m-big")

    def script(asked: Request) -> Answer:
        return QuotaError("pay") if asked.model.model == "m-1" else echo(asked)

    shared = command(script)
    first, second, other = shared.suite(0), shared.suite(1), shared.suite(2)

    async def all_of_them() -> list[list[PricedReply | BaseException]]:
        asking = asked(first, *"ab"), asked(second, *"cdefgh"), asked(other, *"ij", spec=big)
        return list(await asyncio.gather(*asking))

    found = asyncio.run(all_of_them())
    assert (first.stop.reason, second.stop.reason, other.stop.reason) == ("pay", "pay", "")
    assert all(isinstance(one, RunStopped) for one in [*found[0], *found[1]])
    assert all(isinstance(one, PricedReply) for one in found[2])
    assert sum(one.model.model == "m-1" for one in shared.provider.requests) <= SPEC.limits.concurrency


@pytest.mark.parametrize("script", [lambda asked: ProviderError("no such model", status=404)])
def test_the_first_failure_of_a_model_is_told_once_in_a_command(script: Callable[[Request], Answer]) -> None:
    shared, told = command(script), list[str]()
    first, second = shared.suite(0), shared.suite(1)
    first.on_failure = second.on_failure = told.append
    asyncio.run(side_by_side(first, second, "a", "b"))
    assert told == ["no such model"]


def test_what_an_interrupted_run_wrote_down_is_known_to_the_other_suites_at_once() -> None:
    shared = command()
    shared.replies.add({request("a").key: Reply("from the journal")})
    (found,) = asyncio.run(asked(shared.suite(1), "a"))
    assert isinstance(found, PricedReply)
    assert (found.reply.text, shared.provider.calls) == ("from the journal", 0)


def test_who_pauses_for_a_busy_server_learns_at_once_that_another_suite_s_quota_is_spent() -> None:
    pausing = asyncio.Event()

    async def for_ever(seconds: float) -> None:
        pausing.set()
        await asyncio.Event().wait()

    def script(asked: Request) -> Answer:
        failures = {"a": QuotaError("pay"), "b": ProviderBusyError("reset mid-body")}
        return failures.get(asked.messages[0].text) or echo(asked)

    shared = command(script)
    shared.endpoints.sleep = for_ever
    first, second = shared.suite(0), shared.suite(1)

    async def all_of_them() -> list[PricedReply | BaseException]:
        await asked(first, "so that a price is known")
        waiting = asyncio.create_task(asked(second, "b"))
        await asyncio.wait_for(pausing.wait(), 5)
        await asyncio.wait_for(asked(first, "a"), 5)
        return await asyncio.wait_for(waiting, 5)

    (found,) = asyncio.run(all_of_them())
    assert isinstance(found, RunStopped)
    assert second.stop.reason == "pay"


def test_of_the_calls_that_wait_for_a_model_the_first_suite_s_go_first() -> None:
    shared = command()
    one = replace(SPEC, limits=Limits(concurrency=1))
    later, first = shared.suite(1), shared.suite(0)

    async def all_of_them() -> None:
        waiting = asyncio.create_task(asked(later, *"uvwxyz", spec=one))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.gather(waiting, asked(first, "a", "b", spec=one))

    asyncio.run(all_of_them())
    order = "".join(one.messages[0].text for one in shared.provider.requests)
    assert "ab" in order
    assert order.index("b") < order.index("x")
