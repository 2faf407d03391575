"""What a Python check is given of a reply: `from promptops import Reply`.

    def check(reply: Reply, case: dict) -> bool:
        return reply.finish_reason == "stop" and not reply.tool_calls

The worker loads this file by itself, so it knows the standard library only.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

_NO_TEXT = "a Reply is not a text; its text is reply.text"


class TokenCounts(NamedTuple):
    """Tokens as the provider counted them; None where it did not say. Those of thinking are part of the output's."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


class CheckedCall(NamedTuple):
    """A function that the model wants called; `arguments` is the JSON text it wrote, which may be broken."""

    name: str
    arguments: str

    @property
    def parsed(self) -> Any:
        """The arguments as Python values; None where they are no JSON."""
        try:
            return json.loads(self.arguments or "{}", parse_constant=_refuse_constant)
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

    # A tuple would answer these, and a check such as `"sorry" not in reply` would pass whatever the reply says.

    def __contains__(self, part: object) -> bool:
        raise TypeError(_NO_TEXT)

    def __len__(self) -> int:
        raise TypeError(_NO_TEXT)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            raise TypeError(_NO_TEXT)
        return tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return tuple.__hash__(self)


Reply = CheckedReply
"""The name by which checks ask for it."""


def from_data(data: dict[str, Any]) -> CheckedReply:
    """The reply that the worker was sent."""
    calls = tuple([CheckedCall(name, arguments) for name, arguments in data["tool_calls"]])
    return CheckedReply(**{**data, "tool_calls": calls, "usage": TokenCounts(*data["usage"])})
