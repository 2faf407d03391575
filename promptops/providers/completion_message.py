"""The message in a chat completion: what the model said, and what it thought before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from promptops.model.chat.reply_text import is_blank, is_unfinished, split_thinking


class SpokenMessage(NamedTuple):
    """`text` is None where the message has none; `is_unfinished`: it ends within `<think>`."""

    text: str | None
    reasoning: str
    is_unfinished: bool


def read_message(message: dict[str, Any]) -> SpokenMessage:
    """Text and thinking: strings, or lists of parts. A refusal beside no text is what the model said, too."""
    content, refusal = message.get("content"), message.get("refusal")
    text = _join(content, "text")
    if is_blank(text or ""):
        refused = refusal if isinstance(refusal, str) and refusal.strip() else _join_parts(content, "refusal")
        text = refused or text
    thought, answer = split_thinking(text or "")
    reasoning = _reasoning_field(message) or _join_parts(content, "thinking") or thought
    return SpokenMessage(None if text is None else answer, reasoning, is_unfinished(text or ""))


def _reasoning_field(message: dict[str, Any]) -> str:
    for name in ("reasoning_content", "reasoning", "reasoning_details"):
        if found := (_join(message.get(name), "text") or "").strip():
            return found
    return ""


def _join(content: object, kind: str) -> str | None:
    """A text, or the texts of the parts that have one of this kind; None for neither."""
    if isinstance(content, list):
        return _join_parts(content, kind)
    return content if isinstance(content, str) else None


def _join_parts(content: object, kind: str) -> str | None:
    """The parts of this kind, as `{type: text, text: …}`, `{type: reasoning.text, …}`, `{type: thinking, …: […]}`."""
    found = list(_part_texts(content, kind)) if isinstance(content, list) else []
    return "".join(found) if found else None


def _part_texts(parts: list[Any], kind: str) -> Iterator[str]:
    for part in parts:
        if isinstance(part, dict) and str(part.get("type", "")).rpartition(".")[2] == kind:
            inner = part.get(kind)
            text = _join_parts(inner, "text") if isinstance(inner, list) else inner
            if isinstance(text, str):
                yield text
