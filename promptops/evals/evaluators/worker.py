"""Code that may hang or eat memory, in a process that can be killed.

Runs what comes from a suite (`python` checks) and what may take forever on a model's text (patterns). One process per
evaluator, started at the first call, killed when it is too slow and started again by the next call.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from promptops.errors import EvalError

MEMORY = 512 * 2**20
LOAD_SECONDS = 30.0
MOST_TIMEOUTS = 10
_MOST_BYTES = 65_536
_KILL_SECONDS = 2.0
_CHILD = str(Path(__file__).with_name("child.py"))
# What Python and programs it starts need to work; keys and tokens are not among it.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "SYSTEMDRIVE", "TMPDIR", "TEMP", "TMP")


class Answer(NamedTuple):
    """What the function returned; `reason` only from functions that explain themselves."""

    value: float
    reason: str


class Worker:
    """Calls `function(reply, case)` of the code that `read` gives, one call at a time.

    Functions of the user return True, False or a number; those of ours (`explains`) a pair with a reason. Belongs to
    the event loop of its first call, until closed.
    """

    def __init__(
        self, file: str, function: str, read: Callable[[], str], seconds: float, *, explains: bool = False
    ) -> None:
        self.file, self.function, self.seconds, self.explains = file, function, seconds, explains
        self._read = read
        self._lock = asyncio.Lock()
        self._process: _Process | None = None
        self._broken = ""
        self._timeouts = 0

    async def call(self, reply: str, case: Mapping[str, Any]) -> Answer:
        """One answer. EvalError says why there is none; code that cannot be loaded is not tried again."""
        async with self._lock:
            if self._broken:
                raise EvalError(self._broken)
            try:
                process = self._process or await self._start()
                data = await process.ask({"reply": reply, "case": dict(case)}, self.seconds)
            except TimeoutError as exc:
                await self._kill()
                self._timeouts += 1
                if self._timeouts >= MOST_TIMEOUTS:
                    self._broken = f"not tried again after {MOST_TIMEOUTS} replies in a row took too long"
                raise EvalError(f"{self.file} took longer than {self.seconds:g} s") from exc
            except BaseException:  # a cancelled call too: its answer would be taken for the next one's
                await self._kill()
                raise
            self._timeouts = 0
            if data is None:
                await self._kill()
                raise EvalError(f"{self.file} ended without an answer")
        if "error" in data:
            raise EvalError(str(data["error"]))
        return Answer(float(data["value"]), str(data["reason"]))

    async def close(self) -> None:
        """End the process, if there is one."""
        async with self._lock:
            await self._kill()

    async def _start(self) -> _Process:
        code = self._read()
        self._process = process = await _Process.start()
        settings = {"file": self.file, "function": self.function, "explains": self.explains, "memory": MEMORY}
        try:
            data = await process.ask({"code": code, **settings}, max(LOAD_SECONDS, self.seconds))
        except TimeoutError:
            data = {"error": f"{self.file} took longer than {LOAD_SECONDS:g} s to load"}
        if data is None:
            data = {"error": f"{self.file} ended while it was loaded"}
        if "error" in data:
            self._broken = str(data["error"])
            raise EvalError(self._broken)
        return process

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.kill()


class _Pipes(asyncio.SubprocessProtocol):
    """Collects one line at a time. An answer of None means that the process is gone, or babbles."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.answer: asyncio.Future[bytes | None] | None = None
        self.closed = False
        self.exited, self.gone = asyncio.Event(), asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.received += data
        if data.endswith(b"\n"):
            self.give(bytes(self.received))
            self.received.clear()
        elif len(self.received) > _MOST_BYTES:
            self.give(None)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self.closed = True
        self.give(None)

    def process_exited(self) -> None:
        self.exited.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()

    def give(self, line: bytes | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(line)


class _Process:
    def __init__(self, transport: asyncio.SubprocessTransport, pipes: _Pipes) -> None:
        self.transport, self.pipes = transport, pipes

    @classmethod
    async def start(cls) -> _Process:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            transport, pipes = await asyncio.get_running_loop().subprocess_exec(
                _Pipes, sys.executable, "-I", "-X", "utf8", _CHILD,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                env=environment, cwd=tempfile.gettempdir(), start_new_session=True,
            )  # fmt: skip
        except OSError as exc:
            raise EvalError(f"no Python process could be started: {exc}") from exc
        return cls(transport, pipes)

    async def ask(self, message: Mapping[str, Any], seconds: float) -> dict[str, Any] | None:
        """The answer's data, None when the process ended. Raises TimeoutError after `seconds`."""
        pipe = self.transport.get_pipe_transport(0)
        if self.pipes.closed or not isinstance(pipe, asyncio.WriteTransport):
            return None
        self.pipes.answer = asyncio.get_running_loop().create_future()
        pipe.write(json.dumps({**message, "seconds": seconds}).encode() + b"\n")
        async with asyncio.timeout(seconds):
            line = await self.pipes.answer
        try:
            data = json.loads(line or b"null")
        except ValueError:
            return None
        return data if isinstance(data, dict) else None

    async def kill(self) -> None:
        """End it with all it started, and wait until it is gone."""
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self.transport.get_pid(), signal.SIGKILL)
            else:
                self.transport.kill()
        # Closed only after the loop has buried it: close() would ask for the exit status itself, and one of the two
        # would come too late and complain.
        await self._within(self.pipes.exited)
        self.transport.close()
        await self._within(self.pipes.gone)

    @staticmethod
    async def _within(event: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_KILL_SECONDS):
                await event.wait()
