"""Sandboxed Python: code that may hang or use up the memory.

Runs what comes from a suite (`python` checks), and checks of schemas that nobody vouches for. One process per
evaluator, started at the first call, killed when it is too slow and started again by the next call.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from promptops.errors import EvalError
from promptops.sandbox.asynchronous import ask_async
from promptops.sandbox.isolation import CAN_BE_REQUIRED, ProcessIsolation
from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox, SandboxError

LIMITS = SandboxLimits(
    processor_seconds=3600 * (os.cpu_count() or 1),  # an hour of the whole machine: a run may have many thousand calls
    processes=32,
    file_size=64 * 2**20,
)
LOAD_SECONDS = 30.0
MOST_TIMEOUTS = 10
_PROGRAM = str(Path(__file__).with_name("main.py"))
_COMMAND = (sys.executable, "-I", "-X", "utf8", _PROGRAM)


class FunctionResult(NamedTuple):
    """What the function returned; `reason` only from functions that explain themselves."""

    value: float
    reason: str


class PythonWorker:
    """Calls `function(reply, case)` of the code that `read` gives, one call at a time.

    `reply` is its text, or a `promptops.Reply` where the function's first parameter is annotated so. Functions of the
    user return True, False or a number; those of ours (`explains`) a pair with a reason. Code that is not ours needs
    an `isolation`. Belongs to the event loop of its first call, until closed.
    """

    def __init__(
        self,
        file: str,
        function: str,
        read: Callable[[], str],
        seconds: float,
        *,
        explains: bool = False,
        isolation: ProcessIsolation | None = None,
    ) -> None:
        self.file = file
        self._function, self._read, self._explains = function, read, explains
        command = _COMMAND if isolation is None else (_PROGRAM,)
        self._sandbox = Sandbox(command, replace(LIMITS, seconds=seconds), isolation=isolation)
        self._lock = asyncio.Lock()
        self._broken = ""
        self._timeouts = 0

    @property
    def exposure(self) -> str:
        """Why the code could not be isolated; known after the first call, empty where it is."""
        return self._sandbox.exposure

    async def call(
        self, reply: str, case: Mapping[str, Any], details: Mapping[str, Any] | None = None
    ) -> FunctionResult:
        """One answer. EvalError says why there is none; code that cannot be loaded is not tried again.

        `details` is what a `promptops.Reply` has besides the text.
        """
        async with self._lock:
            if self._broken:
                raise EvalError(self._broken)
            if not self._sandbox.is_running:
                await self._load()
            data = await self._ask({"reply": reply, "case": dict(case), "details": details})
        if "error" in data:
            raise EvalError(str(data["error"]))
        return FunctionResult(float(data["value"]), str(data["reason"]))

    async def close(self) -> None:
        """End the process, if there is one."""
        async with self._lock:
            self._sandbox.close()

    async def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        try:
            data = await ask_async(self._sandbox, question)
        except SandboxError as exc:
            self._timeouts = self._timeouts + 1 if exc.limit == "seconds" else 0
            if self._timeouts >= MOST_TIMEOUTS:
                self._broken = f"not tried again after {MOST_TIMEOUTS} replies in a row took too long"
            raise EvalError(f"{self.file} {exc}") from exc
        self._timeouts = 0
        return data

    async def _load(self) -> None:
        code = {"code": self._read(), "file": self.file, "function": self._function, "explains": self._explains}
        try:
            self._sandbox.start()
            data = await ask_async(self._sandbox, code, max(LOAD_SECONDS, self._sandbox.limits.seconds))
        except SandboxError as exc:
            data = {"error": f"{self.file} {_while_loaded(exc)}"}
        if "error" in data:
            self._sandbox.close()
            self._broken = str(data["error"])
            raise EvalError(self._broken)


def _while_loaded(exc: SandboxError) -> str:
    if exc.limit == "isolation":
        return str(exc)
    return f"{str(exc).removesuffix(' without an answer')} while it was loaded"


@cache
def isolation_problem() -> str:
    """Why Python of a suite cannot be isolated here though Linux could; empty where it can. A process finds it out."""
    if not CAN_BE_REQUIRED:
        return ""
    sandbox = Sandbox((_PROGRAM,), replace(LIMITS, seconds=LOAD_SECONDS), isolation=ProcessIsolation(required=True))
    try:
        sandbox.start()
        sandbox.ask({"code": "f = abs", "file": "", "function": "f", "explains": False})
    except SandboxError as exc:
        return str(exc)
    finally:
        sandbox.close()
    return ""
