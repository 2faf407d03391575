"""Who goes first of the calls that wait for a model, and how many fly."""

from __future__ import annotations

import asyncio

import pytest

from promptops.evals.engine.slots import Slots


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_lowest_rank_goes_first_and_then_who_came_first() -> None:
    order: list[str] = []

    async def call(slots: Slots, rank: int, name: str) -> None:
        async with slots.turn(rank):
            order.append(name)
            await asyncio.sleep(0)

    async def all_of_them() -> None:
        slots = Slots(1)
        calls = [(5, "first"), (3, "c"), (1, "a"), (3, "d"), (1, "b")]
        await asyncio.gather(*(call(slots, rank, name) for rank, name in calls))
        assert slots.taken == 0

    asyncio.run(all_of_them())
    assert order == ["first", "a", "b", "c", "d"]


@pytest.mark.parametrize("width", [1, 3, 50])
def test_never_more_than_there_are_slots_and_all_of_them_are_used(width: int) -> None:
    flying = most = 0

    async def call(slots: Slots, rank: int) -> None:
        nonlocal flying, most
        async with slots.turn(rank):
            flying += 1
            most = max(most, flying)
            await asyncio.sleep(0)
            flying -= 1

    async def all_of_them() -> None:
        slots = Slots(width)
        await asyncio.gather(*(call(slots, number % 7) for number in range(200)))

    asyncio.run(all_of_them())
    assert most == width


def test_narrower_slots_let_those_that_fly_land_and_hold_from_then_on() -> None:
    async def narrowed() -> None:
        slots, landing = Slots(3), asyncio.Event()

        async def call() -> None:
            async with slots.turn():
                await landing.wait()

        first = [asyncio.create_task(call()) for _ in range(3)]
        await _settle()
        slots.narrow(1)
        slots.narrow(2)  # nothing becomes wider again
        later = [asyncio.create_task(call()) for _ in range(3)]
        await _settle()
        assert slots.taken == 3
        landing.set()
        await asyncio.gather(*first, *later)
        assert (slots.width, slots.taken) == (1, 0)

    asyncio.run(narrowed())


def test_a_call_that_is_cancelled_while_it_waits_or_is_being_let_in_leaves_no_slot_taken() -> None:
    async def cancelled() -> None:
        slots, landing = Slots(1), asyncio.Event()

        async def call() -> None:
            async with slots.turn():
                await landing.wait()

        flying, waiting, chosen = (asyncio.create_task(call()) for _ in range(3))
        await _settle()
        waiting.cancel()
        await _settle()
        landing.set()
        await flying  # `chosen` has the slot now, and does not know it yet
        chosen.cancel()
        await asyncio.gather(waiting, chosen, return_exceptions=True)
        assert slots.taken == 0
        await asyncio.wait_for(call(), 5)

    asyncio.run(cancelled())
