"""One request to a model and the reply that came back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from promptops.model.config import ModelSpec
from promptops.model.prompt import Message


def canonical_json(value: object) -> bytes:
    """Sorted keys, no spaces, UTF-8: the same data always gives the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def digest(value: object) -> str:
    """`sha256:<64 hex>` over canonical JSON."""
    return "sha256:" + hashlib.sha256(canonical_json(value)).hexdigest()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function the model wants called; `arguments` is the JSON text it wrote, which may be broken."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None


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
        return digest(
            {
                "messages": [[m.role, m.content] for m in self.messages],
                "parameters": dict(self.parameters),
                "tools": list(self.tools),
                "format": self.response_format,
                "schema": self.json_schema,
                "provider": self.model.provider,
                "model": self.model.model,
                "at": self.fingerprint or self.model.base_url,
                "trial": self.trial,
            }
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `latency` in seconds is that of the call that succeeded; `attempts` counts retries too."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = field(default_factory=Usage)
    latency: float | None = None
    finish_reason: str = ""
    model: str = ""
    attempts: int = 1


class Provider(Protocol):
    """One Request in, one Reply out. Errors are ProviderErrors, classified; retrying is the runner's decision."""

    async def complete(self, request: Request) -> Reply:
        """Call the model once."""
        ...

    async def close(self) -> None:
        """Release connections and processes."""
        ...
