"""Templates that nobody should have to wait for, rendered in a process that can be killed.

Jinja's sandbox keeps a template from reaching out; it does not keep it from working for ever or from filling the
memory. One process serves many renderers; it may write no file and start no process.
"""

from __future__ import annotations

import math
import site
import sys
from collections.abc import Mapping
from threading import Lock
from typing import Any, NamedTuple

from promptops.errors import RenderError
from promptops.model.chat.message import Message
from promptops.model.suite import Case
from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox, SandboxError
from promptops.templating.assembly import Filled, assemble
from promptops.templating.chat.chat_values import read_chat_values
from promptops.templating.chat.media_values import ReadMedia, media_of_application, media_of_case
from promptops.templating.closure import Closure
from promptops.templating.isolated_worker import closure_data
from promptops.templating.limits.meter import MAX_MESSAGE_CHARACTERS
from promptops.templating.renderer_protocol import MOST_STOPS, RenderStoppedError

_START_SECONDS, _MOST_SECONDS = 30.0, 24 * 3600
_BYTES = 13
"""A character takes up to twelve bytes in JSON; the rest is for the frame."""
_USED_UP = "no further text is made: those before took all the time and room there is"
# No module beside the current folder; no compiled files, which it could not write.
_PYTHON = ("-P", "-B", "-X", "utf8", "-m", "promptops.templating.isolated_worker")


_NO_ANSWER = "the process that fills it gave no proper answer"


class RenderLimits(NamedTuple):
    """For one case or text `seconds` and `characters` (of all its messages); and for all of them together."""

    seconds: float = 5.0
    characters: int = 1_000_000
    total_seconds: float = 120.0
    total_characters: float = 200_000_000


FORK_LIMITS = RenderLimits()
OWN_LIMITS = RenderLimits(10.0, 2 * MAX_MESSAGE_CHARACTERS, math.inf, math.inf)
"""A project may have a hundred thousand cases; what one template may make is counted where it is filled."""


class TemplateProcess:
    """The process, and what all its renderers together may take."""

    def __init__(self, given: RenderLimits = FORK_LIMITS) -> None:
        limits = SandboxLimits(
            seconds=given.seconds,
            total_seconds=given.total_seconds,
            processor_seconds=math.ceil(min(given.total_seconds, _MOST_SECONDS) + _START_SECONDS),
            answer=_BYTES * given.characters,
        )
        command = [sys.executable, *_PYTHON, str(given.characters)]
        # Where promptops is installed for one user, Python finds it by HOME, which no sandbox is told.
        self._sandbox = Sandbox(command, limits, {"PYTHONUSERBASE": site.getuserbase()})
        self._characters_left = given.total_characters
        self._lock = Lock()
        self._made = 0
        self._known: set[int] = set()

    def renderer(self, closure: Closure) -> IsolatedRenderer:
        """A renderer for this closure; it is read and compiled at the first use."""
        self._made += 1
        return IsolatedRenderer(self, closure, self._made)

    def close(self) -> None:
        """End the process. Harmless when there is none; a later text would start another."""
        self._sandbox.close()

    def ask(self, number: int, closure: Closure, question: Mapping[str, Any]) -> Filled:
        """The texts of each message. RenderError where the values do not fit, RenderStoppedError where the process gave
        none."""
        with self._lock:
            if self._characters_left <= 0:
                raise RenderStoppedError(_USED_UP)
            if not self._sandbox.is_running:
                self._start()
            if number not in self._known:
                self._exchange({"renderer": number, "closure": closure_data(closure)})
                self._known.add(number)
            filled = self._exchange({"renderer": number, **question}).get("filled")
            if not isinstance(filled, list) or not all(map(_is_texts, filled)):
                self.close()
                raise RenderStoppedError(_NO_ANSWER)
            self._characters_left -= sum(len(text) for texts in filled for text in texts or ())
            return filled

    def _start(self) -> None:
        self._known.clear()
        try:
            self._sandbox.start()
        except SandboxError as exc:
            raise self._stopped(exc) from exc
        try:
            self._sandbox.ask({}, start_seconds=_START_SECONDS)
        except SandboxError as exc:
            raise RenderStoppedError(f"the process that fills it did not start: it {exc}") from exc

    def _exchange(self, question: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self._sandbox.ask(question)
        except (TypeError, ValueError, RecursionError) as exc:
            raise RenderError(f"the values cannot be passed on: {exc}") from exc
        except SandboxError as exc:
            raise self._stopped(exc) from exc
        if "error" in answer:
            message, where, hint = (str(answer.get(name, ""))[:2000] for name in ("error", "where", "hint"))
            raise (RenderStoppedError if answer.get("stopped") is True else RenderError)(
                message, where=where, hint=hint
            )
        return answer

    def _stopped(self, exc: SandboxError) -> RenderStoppedError:
        if exc.limit == "total_seconds":
            return RenderStoppedError(_USED_UP)
        if exc.limit == "seconds":
            message = f"this template did not finish within {self._sandbox.limits.seconds:g} seconds"
            return RenderStoppedError(message, hint="is a loop too long, or a pattern too hard to match?")
        return RenderStoppedError(f"this template {exc}" if exc.limit else f"the process that fills it {exc}")


class IsolatedRenderer:
    """A Renderer whose work is done in the other process. After two texts that had to be stopped, none is tried."""

    may_wait = True

    def __init__(self, isolation: TemplateProcess, closure: Closure, number: int) -> None:
        self.closure = closure
        self._isolation, self._number = isolation, number
        self._stopped: list[RenderStoppedError] = []

    def render(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """The messages for these values."""
        return self._messages("values", values, media_of_application, self.closure.prompt.id)

    def render_case(self, case: Case) -> tuple[Message, ...]:
        """The messages for a case."""
        return self._messages("case", case.fields, media_of_case(case), case.place or self.closure.prompt.id)

    def text(self, template: str, fields: Mapping[str, Any]) -> str:
        """A text of an evaluator, filled from the case's fields."""
        if "{" not in template:
            return template
        filled = self._ask({"text": template, "fields": dict(fields)}, "an evaluator's text")
        return filled[0][0] if filled and filled[0] else ""

    def _messages(self, key: str, values: Mapping[str, Any], read_media: ReadMedia, where: str) -> tuple[Message, ...]:
        """Media and histories are read here, and never sent to the process."""
        prompt, path = self.closure.prompt, str(self.closure.prompt.path)
        chat = read_chat_values(prompt, values, read_media, where)
        filled = self._ask({key: {**values, **chat.as_json()}}, path)
        wanted = [len(item.texts) for item in prompt.messages]
        if len(filled) != len(wanted) or any(
            texts is not None and len(texts) != count for texts, count in zip(filled, wanted, strict=True)
        ):
            raise RenderStoppedError(_NO_ANSWER, where=path)
        return assemble(self.closure, filled, chat, where)

    def _ask(self, question: Mapping[str, Any], where: str) -> Filled:
        if len(self._stopped) >= MOST_STOPS:
            last = self._stopped[-1]
            raise RenderStoppedError(f"{last.args[0]}; it is not tried again", where=where, hint=last.hint)
        try:
            return self._isolation.ask(self._number, self.closure, question)
        except RenderStoppedError as exc:
            stopped = RenderStoppedError(str(exc.args[0]), where=exc.where or where, hint=exc.hint)
            self._stopped.append(stopped)
            raise stopped from exc


def _is_texts(texts: object) -> bool:
    return texts is None or (isinstance(texts, list) and all(isinstance(text, str) for text in texts))
