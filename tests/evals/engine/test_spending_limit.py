"""A budget is overspent by no more than what calls in flight cost beyond what was reserved for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import RunStopped
from promptops.evals.engine.budget import StopSignal
from promptops.evals.engine.spending_limit import SpendingLimit


@dataclass(frozen=True)
class Call:
    cost: float
    ceiling: float | None = None
    steps: int = 1
    model: str = "m"
    rank: int = 0


@dataclass
class Flight:
    """What calls did at a budget: their order, how many flew at most, and what they cost."""

    limit: SpendingLimit
    begun: list[Call] = field(default_factory=list)
    flying: list[Call] = field(default_factory=list)
    most: int = 0
    in_flight_at_the_end: list[Call] = field(default_factory=list)
    stop: StopSignal = field(default_factory=StopSignal)

    async def fly(self, call: Call) -> None:
        async with self.limit.reserve(self.stop, call.model, call.ceiling, call.rank):
            self.begun.append(call)
            self.flying.append(call)
            self.most = max(self.most, len(self.flying))
            for _ in range(call.steps):
                await asyncio.sleep(0)
            if self.limit.spent < self.limit.most <= self.limit.spent + call.cost:
                self.in_flight_at_the_end = list(self.flying)
            self.limit.spend(call.cost, call.model)
            self.flying.remove(call)


def fly(most: float, calls: Sequence[Call]) -> Flight:
    async def all_of_them() -> Flight:
        flight = Flight(SpendingLimit(most))
        ended = await asyncio.wait_for(
            asyncio.gather(*map(flight.fly, calls), return_exceptions=True), 30
        )  # nobody waits for ever
        assert all(one is None or isinstance(one, RunStopped) for one in ended)
        return flight

    return asyncio.run(all_of_them())


_COSTS = st.floats(0.001, 1.0)
_CALLS = st.lists(
    st.builds(
        lambda cost, above, known, steps, model, rank: Call(cost, cost * above if known else None, steps, model, rank),
        _COSTS, st.floats(1.0, 4.0), st.booleans(), st.integers(1, 9), st.sampled_from("mnj"), st.integers(0, 3),
    ),
    min_size=1, max_size=60,
)  # fmt: skip


@given(_CALLS, st.floats(0.01, 20.0))
def test_random_costs_pass_a_budget_by_no_more_than_the_calls_in_flight_cost(calls: list[Call], most: float) -> None:
    flight = fly(most, calls)
    over = flight.limit.spent - most
    assert over <= sum(call.cost for call in flight.in_flight_at_the_end) + 1e-9
    if flight.stop.reason:
        assert flight.limit.spent >= most
        assert "is spent; raise --max-cost" in flight.stop.reason
    else:
        assert len(flight.begun) == len(calls)


@given(_CALLS, st.floats(0.01, 20.0))
def test_where_each_call_is_of_a_model_of_its_own_and_its_ceiling_is_known_only_a_call_alone_passes_the_budget(
    calls: list[Call], most: float
) -> None:
    own = [Call(call.cost, call.ceiling or call.cost, call.steps, str(n)) for n, call in enumerate(calls)]
    flight = fly(most, own)
    if flight.limit.spent > most + 1e-9:
        assert len(flight.in_flight_at_the_end) == 1
        assert flight.limit.spent - most <= flight.in_flight_at_the_end[0].cost + 1e-9


@given(st.floats(0.01, 1.0), st.integers(1, 80), st.floats(0.05, 30.0), st.booleans(), st.integers(1, 5))
def test_where_all_cost_the_same_it_is_one_call_at_most(
    cost: float, count: int, most: float, known: bool, steps: int
) -> None:
    flight = fly(most, [Call(cost, 3 * cost if known else None, steps)] * count)
    assert flight.limit.spent < most + cost + 1e-9
    assert flight.limit.spent >= min(most, cost * count) - 1e-9  # and no money is left that a call could have had


def test_the_first_call_flies_alone_only_where_nobody_knows_what_it_may_cost() -> None:
    assert fly(100.0, [Call(0.1)] * 2).most == 1
    assert fly(100.0, [Call(0.1)] * 50).most == 49
    assert fly(100.0, [Call(0.1, 0.4)] * 50).most == 50


def test_ceilings_hold_back_what_the_budget_has_no_room_for_until_it_is_known_what_calls_cost() -> None:
    flight = fly(1.0, [Call(0.01, 0.25)] * 60)
    assert (flight.most, len(flight.begun), flight.stop.reason) == (56, 60, "")
    assert fly(1.0, [Call(0.25, 0.25)] * 60).most == 4


def test_a_dear_call_does_not_wait_for_ever_behind_cheap_ones() -> None:
    cheap = [Call(0.01, 0.01, model="cheap") for _ in range(30)]
    dear = Call(0.9, 0.9, model="dear")
    flight = fly(1.0, [*cheap[:5], dear, *cheap[5:]])
    assert flight.begun.index(dear) <= 6


def test_of_those_that_wait_the_lowest_rank_goes_first() -> None:
    flight = fly(1.0, [Call(0.5), Call(0.3, rank=2), Call(0.2, rank=1)])
    assert [call.rank for call in flight.begun] == [0, 1, 2]


def test_a_run_that_has_to_end_waits_for_no_budget() -> None:
    async def ended() -> None:
        limit, stop, other = SpendingLimit(1.0), StopSignal(), StopSignal()

        async def call(signal: StopSignal, *, wait: float) -> None:
            async with limit.reserve(signal):
                await asyncio.sleep(wait)

        flying = asyncio.create_task(call(other, wait=30))
        waiting = asyncio.create_task(call(stop, wait=0))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        stop.set("the disk is full")
        with pytest.raises(RunStopped, match="the disk is full"):
            await asyncio.wait_for(waiting, 5)
        flying.cancel()
        await asyncio.gather(flying, return_exceptions=True)
        await asyncio.wait_for(call(other, wait=0), 5)  # who left holds no place

    asyncio.run(ended())
