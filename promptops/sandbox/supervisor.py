"""One thread that watches all sandboxed commands of this process and kills those that exceed their limits."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import time
from contextlib import suppress
from threading import RLock, Thread

from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.process_table import ProcessTable, memory_in_use

_LOOK_SECONDS = 0.05
_LOOK_SHARE, _LONGEST_PAUSE = 20, 0.5
"""The pause after a look is so many times as long as the look, which takes long with many processes, but never so long
that limits would not hold."""
_MOST_ROUNDS, _ROUND_SECONDS = 100, 0.002


class SandboxJob:
    """One started command. `deadline` is on the monotonic clock; `exceeded` names the limit it was killed for."""

    def __init__(self, process: subprocess.Popen[bytes], limits: SandboxLimits, ours: int = 0) -> None:
        """`ours`: so many of its processes are not the command's."""
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.limits, self.ours = process, limits, ours
        self.stdin, self.stdout = process.stdin.fileno(), process.stdout.fileno()
        self.started_by = os.getpid()
        self.deadline = math.inf
        self.exceeded = ""

    def exceeds(self, processes: dict[int, int]) -> str:
        """The limit that is exceeded by now, if one is; `processes` are its own with their bytes."""
        if time.monotonic() > self.deadline:
            return "seconds"
        if len(processes) > self.limits.processes + self.ours:
            return "processes"
        return "memory" if memory_in_use(processes, self.limits.memory) > self.limits.memory else ""


class Supervisor:
    """Its thread lives as long as there are jobs."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all: a fork of this process has no such thread, and the commands are not its own."""
        self._lock = RLock()  # re-entrant: the collector may end a sandbox wherever we are
        self._jobs: set[SandboxJob] = set()
        self._table = ProcessTable()
        self._thread: Thread | None = None

    def add(self, job: SandboxJob) -> None:
        """Watch this one from now on."""
        with self._lock:
            self._jobs.add(job)
            self._table.forget_strangers()
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="sandbox-supervisor", daemon=True)
                self._thread.start()

    def remove(self, job: SandboxJob) -> None:
        """Kill the command with all it started, and stop watching it."""
        for _ in range(_MOST_ROUNDS):
            with self._lock:
                left = self._processes().get(job.process.pid, {})
            kill_group(job.process)
            for pid in left:  # some may have left the group
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if not left:
                break
            time.sleep(_ROUND_SECONDS)
        with self._lock:
            self._jobs.discard(job)

    def _processes(self) -> dict[int, dict[int, int]]:
        return self._table.read({job.process.pid for job in self._jobs})

    def _run(self) -> None:
        while True:
            begun = time.thread_time()  # not the wait for others: that may be long, and says nothing of the next look
            with self._lock:
                if not self._jobs:
                    self._thread = None
                    return
                processes = self._processes()
                for job in list(self._jobs):
                    own = processes.get(job.process.pid, {})
                    job.exceeded = job.exceeded or job.exceeds(own)
                    if job.exceeded or (own and job.process.pid not in own):  # what it left behind holds its output
                        kill_group(job.process)
            pause = max(_LOOK_SECONDS, _LOOK_SHARE * (time.thread_time() - begun))
            time.sleep(min(pause, _LONGEST_PAUSE))


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and its group, unless they are gone."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


SUPERVISOR = Supervisor()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=SUPERVISOR.reset)
