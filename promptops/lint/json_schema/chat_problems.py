"""What is wrong with the pictures, documents, sounds and messages that a case has for the inputs of a prompt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from promptops.errors import RenderError
from promptops.lint.json_schema.case_problems import CaseProblem
from promptops.model.chat.media import Media, MediaKind
from promptops.model.chat.message import Message
from promptops.model.chat.message_template import HistorySlot, MessageTemplate
from promptops.model.prompt import Prompt
from promptops.model.suite import Case
from promptops.templating.assembly import open_call, refused_role
from promptops.templating.chat.chat_values import read_chat_values
from promptops.templating.chat.media_values import ReadMedia, media_of_case

_INTRODUCTION = "does not fit: "


class ChatCheck:
    """Looks at the cases of one prompt. Each file is read once, and none is kept."""

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self._inputs = [item for item in prompt.inputs if item.kind]
        self._known: dict[tuple[object, MediaKind, str], Media | str] = {}

    def problem(self, case: Case) -> CaseProblem | None:
        """The first input whose value could not be sent."""
        for item in self._inputs:
            if item.name not in case.fields:
                continue
            own = self._prompt._replace(inputs=(item,))
            try:
                values = read_chat_values(own, case.fields, self._reader(case), "")
            except RenderError as exc:
                said = str(exc.args[0])
                return _problem(case, item.name, said[said.find(_INTRODUCTION) + len(_INTRODUCTION) :])
            if (messages := values.histories.get(item.name)) and (words := self._of_history(item.name, messages)):
                return _problem(case, item.name, words)
        return None

    def _reader(self, case: Case) -> ReadMedia:
        read = media_of_case(case)

        def known(kind: MediaKind, value: Any) -> Media:
            key = (case.path.parent if case.path is not None else None, kind, value if isinstance(value, str) else "")
            if not key[2]:
                return read(kind, value)
            if key not in self._known:
                try:
                    found = read(kind, value)
                    self._known[key] = Media(kind, found.media_type, url=found.url or "https://of.this/file")
                except ValueError as exc:
                    self._known[key] = str(exc)
            held = self._known[key]
            if isinstance(held, str):
                raise ValueError(held)
            return held

        return known

    def _of_history(self, name: str, messages: tuple[Message, ...]) -> str:
        items = self._prompt.messages
        for index, slot in enumerate(items):
            if not isinstance(slot, HistorySlot) or slot.name != name:
                continue
            if refused := refused_role(slot, messages):
                return refused.problem
            after = items[index + 1] if index + 1 < len(items) else None
            call = open_call(messages)
            answered = isinstance(after, MessageTemplate) and after.role == "tool"
            if call is not None and not (answered and _is_last(messages, call.id)):
                return f"the assistant's call of '{call.name[:80]}' ({call.id[:80]}) has no result"
        return ""


def _is_last(messages: Iterable[Message], key: str) -> bool:
    """Whether nobody but tools speaks behind the call."""
    spoken = [one for one in messages if one.role != "tool"]
    return bool(spoken) and any(call.id == key for call in spoken[-1].tool_calls)


def _problem(case: Case, name: str, words: str) -> CaseProblem:
    if case.held_out:
        return CaseProblem(f"has a value for '{name[:80]}' that does not fit", (name, words))
    return CaseProblem(f"has a value for '{name[:80]}' that does not fit: {words}", (name, words))
