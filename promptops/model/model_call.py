"""One request to a model and the reply that came back."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from promptops.model.canonical_json import digest, ordered_json
from promptops.model.chat.finish_reason import ended_normally
from promptops.model.chat.message import Message, ToolCall
from promptops.model.chat.reply_text import is_blank, split_thinking
from promptops.model.config import ModelSpec


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them; None where it did not say.

    `output_tokens` are all that are paid as output, `reasoning_tokens` those of them that went into thinking;
    `cached_input_tokens` are those of the input that the provider remembered, `cache_write_tokens` those that it wrote
    down for later calls, where that costs more.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """All a model sees, with values filled in. `fingerprint` tells local files and addresses apart in the reply key."""

    model: ModelSpec
    messages: tuple[Message, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tools: tuple[Mapping[str, Any], ...] = ()
    response_format: str = "text"
    json_schema: Mapping[str, Any] | None = None
    trial: int = 0
    fingerprint: str = ""

    @property
    def key(self) -> str:
        """The reply key: the same key means that a recorded reply may stand for a new call."""
        return digest({**self.content, "provider": self.model.provider, "at": self.fingerprint or self.model.base_url})

    @property
    def content(self) -> dict[str, Any]:
        """As JSON data all the model sees, its name and the trial, but not where it is called."""
        return {
            "messages": [message.identity for message in self.messages],
            "parameters": dict(self.parameters),
            "tools": ordered_json(self.tools),
            "format": self.response_format,
            "schema": ordered_json(self.json_schema),
            "model": self.model.model,
            "trial": self.trial,
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `latency` in seconds is that of the call that succeeded; `attempts` counts retries too.

    `reasoning` is what the model thought before it answered, as far as the server shows it; nothing scores it.
    `asked`: when it came (ISO 8601, UTC, to the second), empty where nobody wrote it down.
    """

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = field(default_factory=Usage)
    latency: float | None = None
    finish_reason: str = ""
    model: str = ""
    attempts: int = 1
    reasoning: str = ""
    asked: str = ""

    @property
    def is_answer(self) -> bool:
        """Whether the model answered: with words, a tool call, or nothing at all after a normal end."""
        said_nothing = is_blank(self.text) and not self.tool_calls
        return not (said_nothing and self.finish_reason) or ended_normally(self.finish_reason)


def reply_to_data(reply: Reply) -> dict[str, Any]:
    """A reply as JSON data, without what it does not say: for the cache, the journal and cassettes."""
    data: dict[str, Any] = {"text": reply.text}
    if reply.tool_calls:
        data["tool_calls"] = [{"name": call.name, "arguments": call.arguments} for call in reply.tool_calls]
    if reply.usage != Usage():
        data["usage"] = {"input_tokens": reply.usage.input_tokens, "output_tokens": reply.usage.output_tokens}
        for name in ("reasoning_tokens", "cached_input_tokens", "cache_write_tokens"):
            if (count := getattr(reply.usage, name)) is not None:
                data["usage"][name] = count
    if reply.latency is not None:
        data["latency"] = reply.latency
    for name in ("finish_reason", "model", "reasoning", "asked"):
        if value := getattr(reply, name):
            data[name] = value
    if reply.attempts != 1:
        data["attempts"] = reply.attempts
    return data


def reply_from_data(data: Mapping[str, Any]) -> Reply:
    """The reply that `reply_to_data` wrote. Raises KeyError, TypeError or ValueError for anything else.

    Older versions left the thinking in the text; it is taken out here.
    """
    data = _mapping(data, "the reply")
    calls = data.get("tool_calls", [])
    if not isinstance(calls, list):
        raise TypeError("'tool_calls' is not a list")
    usage = _mapping(data.get("usage") or {}, "'usage'")
    attempts = _count(data, "attempts")
    thinking, text = split_thinking(_text(data, "text"))
    return Reply(
        text=text,
        tool_calls=tuple(
            ToolCall(_text(call, "name"), _text(call, "arguments"))
            for call in (_mapping(each, "a tool call") for each in calls)
        ),
        usage=Usage(
            _count(usage, "input_tokens"),
            _count(usage, "output_tokens"),
            _count(usage, "reasoning_tokens"),
            _count(usage, "cached_input_tokens"),
            _count(usage, "cache_write_tokens"),
        ),
        latency=_seconds(data, "latency"),
        finish_reason=_text(data, "finish_reason", ""),
        model=_text(data, "model", ""),
        attempts=1 if attempts is None else attempts,
        reasoning=_text(data, "reasoning", "") or thinking,
        asked=sys.intern(_text(data, "asked", "")),  # replies of the same second share it
    )


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{what} is not a mapping")
    return value


def _text(data: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = data[name] if default is None else data.get(name, default)
    if not isinstance(value, str):
        raise TypeError(f"'{name}' is not text")
    return value


def _count(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise ValueError(f"'{name}' is not a whole number from 0")
    return value


def _seconds(data: Mapping[str, Any], name: str) -> float | None:
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= sys.float_info.max:
        raise ValueError(f"'{name}' is not a number of seconds")
    return value


class Provider(Protocol):
    """One Request in, one Reply out. Errors are ProviderErrors, classified; retrying is the runner's decision."""

    async def complete(self, request: Request) -> Reply:
        """Call the model once."""
        ...

    async def close(self) -> None:
        """Release connections and processes."""
        ...
