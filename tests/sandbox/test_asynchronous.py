from __future__ import annotations

import asyncio
import sys

import pytest

from promptops.sandbox.asynchronous import ask_async
from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox, SandboxError

from .conftest import Make, serving

ECHO = serving("time.sleep(asked.get('seconds', 0))", "return {'me': me, **asked}")


def test_others_go_on_while_one_waits(sandbox: Make) -> None:
    slow, fast = sandbox(ECHO), sandbox(ECHO)

    async def run() -> list[str]:
        order = []

        async def one(box: Sandbox, seconds: float) -> None:
            await ask_async(box, {"seconds": seconds})
            order.append("slow" if box is slow else "fast")

        await asyncio.gather(one(slow, 1), one(fast, 0))
        return order

    assert asyncio.run(run()) == ["fast", "slow"]


def test_long_lines_arrive_whole(sandbox: Make) -> None:
    echo, text = sandbox(ECHO, answer=10**7), "ä" * 1_000_000
    assert asyncio.run(ask_async(echo, {"text": text}))["text"] == text


def test_limits_hold_as_elsewhere(sandbox: Make) -> None:
    echo = sandbox(ECHO, seconds=0.3)
    with pytest.raises(SandboxError, match=r"took longer than 0.3 s"):
        asyncio.run(ask_async(echo, {"seconds": 60}))
    assert not echo.is_running
    with pytest.raises(SandboxError, match="is not running"):
        asyncio.run(ask_async(echo, {}))


def test_a_cancelled_call_ends_the_process_and_the_next_answer_is_its_own(sandbox: Make) -> None:
    echo = sandbox(ECHO)

    async def run() -> None:
        before = (await ask_async(echo, {}))["me"]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await ask_async(echo, {"seconds": 60, "stale": True})
        assert not echo.is_running
        echo.start()
        answer = await ask_async(echo, {"fresh": True})
        assert answer == {"me": answer["me"], "fresh": True}
        assert answer["me"] != before

    asyncio.run(run())


@pytest.mark.skipif(sys.platform == "win32", reason="a thread waits there")
def test_a_command_that_reads_nothing_holds_nobody_up() -> None:
    deaf = Sandbox([sys.executable, "-c", "import time; time.sleep(60)"], SandboxLimits(seconds=0.5))
    deaf.start()

    async def run() -> int:
        waits = 0
        task = asyncio.create_task(ask_async(deaf, {"text": "x" * 1_000_000}))
        while not task.done():
            await asyncio.sleep(0.01)
            waits += 1
        with pytest.raises(SandboxError, match="took longer"):
            await task
        return waits

    assert asyncio.run(run()) > 5
