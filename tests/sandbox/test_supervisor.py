"""The thread that kills what exceeds its limits."""

from __future__ import annotations

import sys
import time
from threading import Event
from types import SimpleNamespace

import pytest

from promptops.sandbox import supervisor
from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox, SandboxError
from promptops.sandbox.supervisor import SUPERVISOR


def test_a_look_that_had_to_wait_for_others_does_not_put_off_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever holds the lock, or the interpreter, for a minute must not keep limits from holding for twenty."""
    pauses: list[float] = []
    looked = Event()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        looked.set()
        time.sleep(0.01)

    seen = SimpleNamespace(sleep=sleep, monotonic=time.monotonic, thread_time=time.thread_time)
    monkeypatch.setattr(supervisor, "time", seen)
    sandbox = Sandbox([sys.executable, "-c", "input(); [0 for _ in iter(int, 1)]"], SandboxLimits(seconds=1))
    sandbox.start()
    assert looked.wait(30)
    with SUPERVISOR._lock:
        time.sleep(0.4)
    looked.clear()
    assert looked.wait(30)
    with pytest.raises(SandboxError, match="longer than 1 s"):
        sandbox.ask({})
    assert max(pauses) <= supervisor._LONGEST_PAUSE
