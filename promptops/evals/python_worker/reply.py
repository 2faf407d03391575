"""What a Python check is given of a reply: `from promptops import Reply`.

    def check(reply: Reply, case: dict) -> bool:
        return reply.finish_reason == "stop" and not reply.tool_calls

The worker loads this file by itself, so it knows the standard library only.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class TokenCounts(NamedTuple):
    """Tokens as the provider counted them; None where it did not say. Those of thinking are part of the output's."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_input_tokens: int | None = None


class CheckedCall(NamedTuple):
    """A function that the model wants called; `arguments` is the JSON text it wrote, which may be broken."""

    name: str
    arguments: str

    @property
    def parsed(self) -> Any:
        """The arguments as Python values; None where they are no JSON."""
        try:
            return json.loads(self.arguments or "{}")
        except (ValueError, RecursionError):
            return None


class CheckedReply(NamedTuple):
    """One reply. `cost` in US dollars and `latency` in seconds are None where they are not known.

    `reasoning` is what the model thought before its text, as far as the server shows it.
    """

    text: str
    tool_calls: tuple[CheckedCall, ...] = ()
    finish_reason: str = ""
    usage: TokenCounts = TokenCounts()
    cost: float | None = None
    latency: float | None = None
    model: str = ""
    reasoning: str = ""

    def __str__(self) -> str:
        return self.text


Reply = CheckedReply
"""The name by which checks ask for it."""


def from_data(data: dict[str, Any]) -> CheckedReply:
    """The reply that the worker was sent."""
    calls = tuple([CheckedCall(name, arguments) for name, arguments in data["tool_calls"]])
    return CheckedReply(**{**data, "tool_calls": calls, "usage": TokenCounts(*data["usage"])})
