"""GitHub's rate limits: how long it asks to wait, and the error where that is too long; `http` does the waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from promptops.errors import ForgeError
from promptops.forge.github.errors import HttpResponse

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
            return max(1.0, int(reset) - _now(response).timestamp())
        return _A_MINUTE
    return _A_MINUTE if response.status == 429 or "rate limit" in response.github_message.casefold() else None


def rate_limit_error(response: HttpResponse, seconds: float, where: str) -> ForgeError:
    """The error for a limit that lasts longer than anybody waits."""
    try:
        until = f"{_now(response) + timedelta(seconds=seconds):%H:%M} UTC"
    except (OverflowError, ValueError):
        until = "a distant time"
    return ForgeError(
        f"GitHub's rate limit is used up until {until}",
        where=where,
        hint="run the job again after that; a personal token has a higher limit than the workflow's",
        status=response.status,
    )


def _now(response: HttpResponse) -> datetime:
    """GitHub's clock, as it dates its answers; ours where it does not."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return datetime.now(UTC)
