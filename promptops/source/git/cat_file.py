"""Git's objects through one `git cat-file` that stays: many questions at once, every answer checked."""

from __future__ import annotations

import os
import select
import subprocess
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from promptops.errors import DamagedError
from promptops.model.revision import is_full_id, object_id
from promptops.source.git.process import START_LOCK, GitTimeoutError

_BURST = 4096
"""Bytes of questions written before their answers are read. No system's pipe is smaller, so a write never waits."""

_CHUNK = 1 << 16
_LONGEST_HEADER = 1 << 20
"""Bytes of an answer's first line. It repeats the question at most."""

_BATCHED, _PLAIN = "--batch-command --buffer", "--batch"
"""How git is asked: with the first, all answers come in one piece. Git before 2.36 does not know it."""


class GitObject(NamedTuple):
    """An object whose content is what its id says. `data` is None where it is larger than the limit (and unchecked)."""

    id: str
    kind: str
    size: int
    data: bytes | None


class CatFileStopped(Exception):
    """Git ended instead of answering the question `name`; `stderr` is what it wrote there."""

    def __init__(self, name: str, stderr: str) -> None:
        super().__init__(stderr)
        self.name = name
        self.stderr = stderr


def damaged_object(where: str) -> DamagedError:
    """The error for content that is not what its id says."""
    message = "the object is damaged: its content is not what its id says, so it is not used"
    return DamagedError(message, where=where, hint="fetch the repository again; `git fsck` lists what is damaged")


class CatFile:
    """Answers by object name. Safe for threads and across `os.fork`; a process that failed is replaced when next asked.

    `start` (which must not hold this object) starts `git cat-file` with the options given, split by spaces, and three
    pipes. Objects of more than `limit` bytes come without their data. A git that says nothing for `timeout` seconds
    is ended (on Windows it is waited for).
    """

    def __init__(self, start: Callable[[str], Any], limit: int, timeout: float = 60.0) -> None:
        self._process: Any = None
        self._poller: Any = None
        self._start = start
        self._limit = limit
        self._timeout = timeout
        self._mode = _BATCHED
        self._lock = threading.Lock()
        self._read, self._at = b"", 0  # what came of git's output, and how much of it is dealt with
        self._stderr = b""  # what came of its error output
        _open.add(self)

    def lookup(self, names: Sequence[str]) -> list[GitObject | None]:
        """An answer for each name (one line each) in this order; None for what is not there.

        SourceError for a damaged object, CatFileStopped when git ends, GitTimeoutError when it does not answer, OSError
        when it cannot be started.
        """
        answers: list[GitObject | None] = []
        with self._lock:
            try:
                while len(answers) < len(names):
                    self._exchange(names, answers)
                if None in answers:
                    self._check_missing(names, answers)
            except BaseException:  # an interrupt too: what is left in the pipes would answer the next question
                self._reset()
                raise
        return answers

    def close(self) -> None:
        """End the process; a later question starts another."""
        with self._lock:
            self._reset()

    def detach_after_fork(self) -> None:
        """In a forked child: the process, its pipes and perhaps the held lock are the parent's."""
        self._lock = threading.Lock()
        if self._process is not None:
            self._process.proc.returncode = 0  # so that nothing here ends or awaits it: it is not our child
        self._reset()

    def __del__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._read, self._at = b"", 0
        self._poller = None
        self._process = None  # GitPython closes the pipes and ends the process

    def _start_process(self) -> None:
        self._stderr = b""
        with START_LOCK:
            self._process = self._start(self._mode)
        self._to_git, self._from_git = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._stderr_pipe = self._process.stderr.fileno()
        self._poller = _poller_of(self._from_git, self._stderr_pipe)

    def _exchange(self, names: Sequence[str], answers: list[GitObject | None]) -> None:
        """Ask for as many as one burst takes, and append their answers."""
        if self._process is None:
            self._start_process()
        burst, count = _burst(names, len(answers), self._mode)
        try:
            while burst:
                burst = burst[os.write(self._to_git, burst) :]
            for _ in range(count):
                answers.append(self._answer(names[len(answers)]))
        except (EOFError, BrokenPipeError) as exc:
            stderr = self._drain_stderr()
            self._reset()
            if "unknown option" in stderr and self._mode == _BATCHED:
                self._mode = _PLAIN
            elif "from promisor remote" in stderr:
                answers.append(None)  # a partial clone leaves it out; git ends where it may not fetch it
            else:
                raise CatFileStopped(names[len(answers)], stderr) from exc

    def _check_missing(self, names: Sequence[str], answers: Sequence[GitObject | None]) -> None:
        """Git calls an object missing too when it cannot read it, and complains; then that is told."""
        self._poll(wait=False)
        if b"error:" not in self._stderr:
            return
        for name, answer in zip(names, answers, strict=True):
            if answer is None and is_full_id(name):
                self._stderr = b""
                self._exchange([name], [])
                self._poll(wait=False)
                if b"error:" in self._stderr:
                    raise damaged_object(name)
        self._stderr = b""

    def _answer(self, name: str) -> GitObject | None:
        while (end := self._read.find(b"\n", self._at)) < 0:
            if len(self._read) - self._at > _LONGEST_HEADER:
                raise EOFError
            self._read, self._at = self._read[self._at :] + self._chunk(), 0
        found = self._read[self._at : end].split()
        self._at = end + 1
        if len(found) != 3 or not found[2].isdigit():  # `NAME missing`, `NAME ambiguous`
            return None
        full_id, kind, size = found[0].decode("ascii"), found[1].decode("ascii"), int(found[2])
        if size > self._limit:
            self._skip(size + 1)
            return GitObject(full_id, kind, size, None)
        data = self._read_exact(size + 1)[:size]
        if object_id(found[1], data, len(full_id)) != full_id:
            raise damaged_object(full_id)
        return GitObject(full_id, kind, size, data)

    def _read_exact(self, count: int) -> bytes:
        if len(self._read) - self._at < count:
            chunks = [self._read[self._at :]]
            held = len(chunks[0])
            while held < count:
                chunks.append(self._chunk())
                held += len(chunks[-1])
            self._read, self._at = b"".join(chunks), 0
        start = self._at
        self._at += count
        return self._read[start : self._at]

    def _skip(self, count: int) -> None:
        while len(self._read) - self._at < count:
            count -= len(self._read) - self._at
            self._read, self._at = self._chunk(), 0
        self._at += count

    def _chunk(self) -> bytes:
        # Straight from the pipe: Python's buffered files hold locks of their own, which a fork would leave locked.
        self._poll(wait=True)
        chunk = os.read(self._from_git, _CHUNK)
        if not chunk:
            raise EOFError
        return chunk

    def _poll(self, *, wait: bool) -> None:
        """Take in what git complains of, until there is an answer (`wait`): a full pipe would hold it up for ever."""
        while self._poller is not None:
            ready = [descriptor for descriptor, _ in self._poller.poll(self._timeout * 1000 if wait else 0)]
            if wait and not ready:
                self._kill()
                raise GitTimeoutError
            if self._stderr_pipe in ready:
                words = os.read(self._stderr_pipe, _CHUNK)
                if not words:
                    self._poller.unregister(self._stderr_pipe)
                self._stderr = (self._stderr + words)[-_CHUNK:]
            if self._from_git in ready or not ready:
                return

    def _kill(self) -> None:
        """End git by force, and wait no longer for what even so does not end (a disk that does not answer)."""
        process = self._process.proc
        with suppress(OSError):
            process.kill()
        with suppress(subprocess.TimeoutExpired):
            process.wait(1)
        if process.returncode is None:
            process.returncode = -9

    def _drain_stderr(self) -> str:
        while words := os.read(self._stderr_pipe, _CHUNK):
            self._stderr = (self._stderr + words)[-_CHUNK:]
        return self._stderr.decode("utf-8", "replace")


def _burst(names: Sequence[str], start: int, mode: str) -> tuple[bytes, int]:
    """The lines of as many names as fit, at least one, and their number."""
    lines: list[bytes] = []
    size = len(b"flush\n")
    before = b"contents " if mode == _BATCHED else b""
    for name in names[start : start + _BURST // 41]:
        assert "\n" not in name, "that would be two questions"
        line = before + name.encode("utf-8", "surrogateescape") + b"\n"
        size += len(line)
        if lines and size > _BURST:
            break
        lines.append(line)
    count = len(lines)
    if mode == _BATCHED:
        lines.append(b"flush\n")
    return b"".join(lines), count


def _poller_of(*descriptors: int) -> Any:
    """What tells which of these can be read; None where the system has no such thing for pipes (Windows)."""
    if not hasattr(select, "poll"):
        return None
    watch = select.poll()
    for descriptor in descriptors:
        watch.register(descriptor, select.POLLIN)
    return watch


_open: weakref.WeakSet[CatFile] = weakref.WeakSet()


def _detach_all() -> None:
    for objects in list(_open):
        objects.detach_after_fork()


if hasattr(os, "register_at_fork"):  # there is no fork on Windows
    os.register_at_fork(after_in_child=_detach_all)
