"""A sandbox for coroutines."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from promptops.sandbox.sandbox import Purpose, Sandbox


async def ask_async(sandbox: Sandbox, question: Mapping[str, Any], start_seconds: float = 0) -> dict[str, Any]:
    """What `sandbox.ask` does, while others go on. Cancelled, it ends the process."""
    if sys.platform == "win32":  # its loop cannot wait for a pipe
        try:
            return await asyncio.to_thread(sandbox.ask, question, start_seconds=start_seconds)
        except asyncio.CancelledError:
            sandbox.close()
            raise
    steps = sandbox.steps(question, start_seconds)
    try:
        while True:
            await _wait_until_ready(*next(steps))
    except StopIteration as done:
        answer: dict[str, Any] = done.value
        return answer
    finally:
        steps.close()


async def _wait_until_ready(descriptor: int, purpose: Purpose) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    add, remove = (loop.add_reader, loop.remove_reader) if purpose == "read" else (loop.add_writer, loop.remove_writer)
    add(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        remove(descriptor)
