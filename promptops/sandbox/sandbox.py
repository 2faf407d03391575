"""A command that is asked one JSON line at a time, within limits."""

from __future__ import annotations

import json
import math
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

from promptops.sandbox.environment import sandbox_environment
from promptops.sandbox.isolation import ONLY_LINUX, ProcessIsolation, hide_process
from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.supervisor import SUPERVISOR, SandboxJob

_LIMIT_OF_SIGNAL = {
    -getattr(signal, name): limit
    for name, limit in {"SIGXCPU": "processor_seconds", "SIGXFSZ": "file_size"}.items()
    if hasattr(signal, name)
}
_PIECE, _CHUNK = getattr(select, "PIPE_BUF", 512), 65_536
"""A pipe that is ready takes so many bytes without waiting; so many are read at once."""
_REPEAT_SECONDS = 1.0

Purpose = Literal["read", "write"]
Wait = tuple[int, Purpose]
"""A file descriptor, and for what it should be ready."""


class SandboxError(Exception):
    """There is no answer; the text says why and goes on from a name: "ended without an answer".

    `limit` names the limit that was exceeded: a field of SandboxLimits, empty for none.
    """

    def __init__(self, message: str, limit: str = "") -> None:
        super().__init__(message)
        self.limit = limit


class Sandbox:
    """Runs `command`, which reads an object a line and answers each with one. One caller at a time.

    The process ends with `close`, with this object, or with us; `start` starts it and starts it again. Its
    environment is what `sandbox_environment` passes on, and `variables`. What it writes to stderr goes nowhere.
    With an `isolation` the command is kept from more than that; `exposure` says why, where it could not be.
    """

    exposure = ""

    def __init__(
        self,
        command: Sequence[str],
        limits: SandboxLimits,
        variables: Mapping[str, str] | None = None,
        isolation: ProcessIsolation | None = None,
    ) -> None:
        self.limits = limits
        self._command, self._variables, self._isolation = command, variables or {}, isolation
        self._left = limits.total_seconds
        self._job: SandboxJob | None = None
        self._awaits_report = False

    @property
    def is_running(self) -> bool:
        """Whether there is a process to ask."""
        return self._job is not None and not self._job.exceeded and self._job.process.poll() is None

    def start(self) -> None:
        """A new process in place of the one before. SandboxError when there is no such program."""
        self.close()
        self._check_total()
        command, ours = self._command, 0
        if self._isolation is not None:
            command, ours = self._isolation.command(self._command), self._isolation.extra_processes
            self._awaits_report = self._isolation.reports
            self._expose("" if self._awaits_report else ONLY_LINUX)
        program = self._command[0] if not self._command[0].endswith(".py") else command[0]
        if shutil.which(program) is None:
            raise SandboxError(f"cannot be started: there is no program {program}")
        lifeline: tuple[int, ...] = os.pipe() if sys.platform == "linux" else ()
        try:
            process = subprocess.Popen(
                self.limits.apply(command), env=sandbox_environment(self._variables), cwd=tempfile.gettempdir(),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
                start_new_session=True, pass_fds=lifeline[:1],
            )  # fmt: skip
        except OSError as exc:
            for end in lifeline:
                os.close(end)
            raise SandboxError(f"cannot be started: {exc.strerror or exc}") from exc
        self._job = job = SandboxJob(process, self.limits, ours)
        self._end = weakref.finalize(self, _end_job, job, lifeline[1:])
        SUPERVISOR.add(job)
        if sys.platform == "linux":
            _kill_group_at_exit(lifeline[0], process.pid)

    def ask(self, question: Mapping[str, Any], *, start_seconds: float = 0) -> dict[str, Any]:
        """The answer, within `limits.seconds`; a first question, to get it ready, may take `start_seconds` instead.

        SandboxError when there is none: the process is gone then. TypeError, ValueError or RecursionError for a
        question that JSON has no words for.
        """
        steps = self.steps(question, start_seconds)
        while True:
            try:
                next(steps)  # its reads and writes wait by themselves
            except StopIteration as done:
                answer: dict[str, Any] = done.value
                return answer

    def steps(self, question: Mapping[str, Any], start_seconds: float = 0) -> Generator[Wait, None, dict[str, Any]]:
        """What `ask` does, stopping before whatever may have to wait; given up halfway, it ends the process."""
        line = json.dumps(question).encode() + b"\n"
        self._check_total()
        begun, seconds = time.monotonic(), start_seconds or self.limits.seconds
        try:
            while self._awaits_report:
                yield from self._take_report(seconds)
            found = yield from self._exchange(line, seconds)
        finally:
            if not start_seconds:
                self._left -= time.monotonic() - begun
        with suppress(ValueError, RecursionError):
            answer = json.loads(found)
            if isinstance(answer, dict):
                return answer
        self.close()
        raise SandboxError("gave no proper answer")

    def close(self) -> None:
        """End the process and all it started, and wait until they are gone. Harmless when there is none."""
        if self._job is not None:
            self._end()
            self._job = None

    def _take_report(self, seconds: float) -> Generator[Wait, None, None]:
        """Learn whether the command is isolated, before it is told anything; where not, once more without trying."""
        assert self._isolation is not None
        self._awaits_report = False
        said = json.loads((yield from self._exchange(b"", seconds)))
        if said["isolated"]:
            return
        if self._isolation.refuse(str(said["why"])) and not self._isolation.required:
            return self.start()
        if not said.get("hidden"):
            hide_process()
        self._expose(str(said["why"]))

    def _expose(self, why: str) -> None:
        self.exposure = why
        if why and self._isolation is not None and self._isolation.required:
            self.close()
            raise SandboxError(f"cannot be kept from the network and from other processes here ({why})", "isolation")

    def _exchange(self, line: bytes, seconds: float) -> Generator[Wait, None, bytearray]:
        job = self._job
        if job is None:
            raise SandboxError("is not running")
        found, chunk, limit = bytearray(), b" ", self.limits.answer
        job.deadline = time.monotonic() + seconds
        try:
            for start in range(0, len(line), _PIECE):
                if start:
                    yield job.stdin, "write"
                os.write(job.stdin, line[start : start + _PIECE])
            while chunk and not found.endswith(b"\n") and len(found) <= limit:
                yield job.stdout, "read"
                chunk = os.read(job.stdout, _CHUNK)
                found += chunk
        except OSError:  # it has ended
            pass
        except BaseException:  # its answer would be taken for the next one's
            self.close()
            raise
        job.deadline = math.inf
        if found.endswith(b"\n"):
            return found
        if not chunk and job.ours:  # the command has ended; how, our processes are about to repeat
            with suppress(subprocess.TimeoutExpired):
                job.process.wait(_REPEAT_SECONDS)
        self.close()
        ended = job.exceeded or _LIMIT_OF_SIGNAL.get(job.process.returncode, "")
        raise self._stopped("answer" if len(found) > limit else ended, seconds)

    def _check_total(self) -> None:
        if self._left <= 0:
            raise self._stopped("total_seconds", 0)

    def _stopped(self, limit: str, seconds: float) -> SandboxError:
        return SandboxError(self.limits.describe(limit, seconds) if limit else "ended without an answer", limit)


def _kill_group_at_exit(lifeline: int, group: int) -> None:
    """Have the kernel kill the group when our end of this pipe closes, however we end. The command holds the other end.

    It works for any command, needs no helper process and, unlike PR_SET_PDEATHSIG, does not mind which thread ends.
    """
    import fcntl

    with suppress(OSError):  # the command has ended
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -group)
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    os.close(lifeline)


def _end_job(job: SandboxJob, descriptors: Sequence[int]) -> None:
    if job.started_by == os.getpid():  # a fork of us ends only what it started itself
        SUPERVISOR.remove(job)
    for pipe in (job.process.stdin, job.process.stdout):
        if pipe is not None:
            pipe.close()
    job.process.wait()
    for each in descriptors:
        os.close(each)
