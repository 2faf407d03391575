"""GitHub's rate limits: how long it asks to wait; `http` does the waiting."""

from __future__ import annotations

from promptops.forge.api_conventions import HttpResponse, clock_of

_A_MINUTE = 60.0
"""What GitHub asks for where a secondary limit names no time."""


def rate_limit_wait(response: HttpResponse) -> float | None:
    """Seconds until GitHub answers again, None where the refusal is not about how often it was asked."""
    if response.status not in (403, 429):
        return None
    after = response.headers.get("retry-after", "")
    if after.isdecimal() and len(after) < 10:
        return max(1.0, float(after))
    if response.headers.get("x-ratelimit-remaining") == "0":
        reset = response.headers.get("x-ratelimit-reset", "")
        if reset.isdecimal() and len(reset) < 12:
            return max(1.0, int(reset) - clock_of(response).timestamp())
        return _A_MINUTE
    return _A_MINUTE if response.status == 429 or "rate limit" in response.message.casefold() else None
