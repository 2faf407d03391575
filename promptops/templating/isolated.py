"""Templates of people we do not know, filled in a process that can be killed.

The sandbox keeps a template from reaching out; it does not keep it from working for ever or from filling the memory.
One process serves many renderers. It knows no keys; it is killed when a text takes too long, and started again for the
next one. On Linux its memory and work are bounded too, and it may write no file and start no process; on macOS all that
but the memory; on Windows the deadline alone holds.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import IO, Any

from promptops.errors import RenderError
from promptops.model.prompt import Message
from promptops.model.suite import Case
from promptops.templating.closure import Closure
from promptops.templating.protocol import StoppedError
from promptops.templating.worker import READY, closure_data

SECONDS, SECONDS_ALTOGETHER = 5, 120.0
MEMORY = 512 * 2**20
MOST_CHARACTERS = 1_000_000
"""Of all messages of one case."""
MOST_CHARACTERS_ALTOGETHER = 200 * MOST_CHARACTERS
MOST_KILLS = 2
_START_SECONDS = 30.0
_LOOK_SECONDS = 0.1
"""How often it is looked whether the time is up."""
_MOST_BYTES = 13 * MOST_CHARACTERS
"""A character takes up to twelve bytes in JSON; the rest is for the frame."""
# What Python needs to start; keys and tokens are not among it.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP", "HOME", "USERPROFILE")


class Isolation:
    """The process, and what all its renderers together may take. `seconds` are for one case or text."""

    def __init__(self, *, seconds: int = SECONDS, altogether: float = SECONDS_ALTOGETHER) -> None:
        self.seconds = seconds
        self._left = altogether
        self._room = MOST_CHARACTERS_ALTOGETHER
        self._process: _Process | None = None
        self._lock = Lock()
        self._made = 0

    def renderer(self, closure: Closure) -> IsolatedRenderer:
        """A renderer for this closure; it is read and compiled at the first use."""
        self._made += 1
        return IsolatedRenderer(self, closure, self._made)

    def close(self) -> None:
        """End the process. Harmless when there is none; a later text would start another."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def ask(self, number: int, closure: Closure, question: Mapping[str, Any]) -> list[str]:
        """The texts; StoppedError when there are none because of the process, RenderError because of the values."""
        with self._lock:
            if self._left <= 0 or self._room <= 0:
                raise StoppedError("no further text is made: those before took all the time and room there is")
            process = self._running()
            begun = time.monotonic()
            try:
                if number not in process.known:
                    self._exchange(process, {"renderer": number, "closure": closure_data(closure)})
                    process.known.add(number)
                answer = self._exchange(process, {"renderer": number, **question})
            finally:
                self._left -= time.monotonic() - begun
            texts = answer.get("texts")
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise self._broken("the process that fills it gave no proper answer")
            self._room -= sum(map(len, texts))
            return texts

    def _running(self) -> _Process:
        if self._process is None or self._process.has_ended:
            self.close()
            self._process = _Process(self.seconds)
        return self._process

    def _exchange(self, process: _Process, question: Mapping[str, Any]) -> dict[str, Any]:
        try:
            asked = json.dumps(question).encode() + b"\n"
        except (TypeError, ValueError, RecursionError) as exc:
            raise RenderError(f"the values cannot be passed on: {exc}") from exc
        line, late = process.ask(asked, self.seconds)
        if late:
            hint = "is a loop too long, or a pattern too hard to match?"
            raise self._broken(f"this template did not finish within {self.seconds} seconds", hint)
        if not line:
            hint = f"it may need more than the {MEMORY // 2**20} MB of memory that it is given"
            raise self._broken("this template's process ended without an answer", hint)
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._broken("the process that fills it gave no proper answer")
        if answer.get("memory") is True:
            raise StoppedError(f"this template needs more than {MEMORY // 2**20} MB of memory")
        if "error" in answer:
            message, where, hint = (str(answer.get(name, ""))[:2000] for name in ("error", "where", "hint"))
            raise RenderError(message, where=where, hint=hint)
        return answer

    def _broken(self, message: str, hint: str = "") -> StoppedError:
        self.close()
        return StoppedError(message, hint=hint)


class IsolatedRenderer:
    """What a Renderer does, done elsewhere. After two texts that had to be stopped no further one is tried."""

    def __init__(self, isolation: Isolation, closure: Closure, number: int) -> None:
        self.closure = closure
        self._isolation, self._number = isolation, number
        self._stopped: list[StoppedError] = []

    def render(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """The messages for these values."""
        return self._messages({"values": dict(values)})

    def render_case(self, case: Case) -> tuple[Message, ...]:
        """The messages for a case."""
        return self._messages({"case": dict(case.fields)})

    def text(self, template: str, fields: Mapping[str, Any]) -> str:
        """A text of an evaluator, filled from the case's fields."""
        if "{" not in template:
            return template
        texts = self._ask({"text": template, "fields": dict(fields)}, "an evaluator's text")
        return texts[0] if texts else ""

    def _messages(self, question: Mapping[str, Any]) -> tuple[Message, ...]:
        messages = self.closure.prompt.messages
        texts = self._ask(question, str(self.closure.prompt.path))
        if len(texts) != len(messages):
            raise StoppedError("the process that fills it gave no proper answer", where=str(self.closure.prompt.path))
        return tuple(Message(message.role, text) for message, text in zip(messages, texts, strict=True))

    def _ask(self, question: Mapping[str, Any], where: str) -> list[str]:
        if len(self._stopped) >= MOST_KILLS:
            last = self._stopped[-1]
            raise StoppedError(f"{last.args[0]}; it is not tried again", where=where, hint=last.hint)
        try:
            return self._isolation.ask(self._number, self.closure, question)
        except StoppedError as exc:
            stopped = StoppedError(str(exc.args[0]), where=where, hint=exc.hint)
            self._stopped.append(stopped)
            raise stopped from exc


class _Process:
    """One worker. It ends with `end`, with the object, or with us, whichever comes first."""

    def __init__(self, seconds: int) -> None:
        words = [sys.executable, "-E", "-P", "-B", "-X", "utf8", "-m", "promptops.templating.worker"]
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            self._popen = subprocess.Popen(
                [*words, str(seconds), str(MEMORY), str(MOST_CHARACTERS)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment, cwd=tempfile.gettempdir(), start_new_session=True,
            )  # fmt: skip
        except OSError as exc:
            raise StoppedError(f"no process can be started to fill it in: {exc.strerror or exc}") from exc
        self._watch = _Watch(self._popen)
        self.end = weakref.finalize(self, _end, self._popen, self._watch)
        self.known: set[int] = set()
        if self.ask(b"", _START_SECONDS) != (READY, False):
            self.end()
            raise StoppedError("the process that fills it did not start")

    @property
    def has_ended(self) -> bool:
        return self._watch.killed or self._popen.poll() is not None

    def ask(self, line: bytes, seconds: float) -> tuple[bytes, bool]:
        """The answer's line, empty when there is none, and whether that is because the time was up."""
        writer, reader = self._pipes()
        self._watch.deadline = time.monotonic() + seconds
        try:
            writer.write(line)
            writer.flush()
            found = reader.readline(_MOST_BYTES)
        except OSError:
            found = b""
        finally:
            self._watch.deadline = math.inf
        return (found, False) if found.endswith(b"\n") else (b"", self._watch.killed)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        return self._popen.stdin, self._popen.stdout


class _Watch:
    """Kills the process when the time is up. A thread for every text would cost more than most texts."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._over = Event()
        self.deadline = math.inf
        self.killed = False
        Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            if time.monotonic() > self.deadline:
                self.killed = True
                self._process.kill()
                return

    def end(self) -> None:
        """Look no more."""
        self._over.set()


def _end(process: subprocess.Popen[bytes], watch: _Watch) -> None:
    watch.end()
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # what was not written any more
            if pipe is not None:
                pipe.close()
    process.wait()
