"""What GitHub means when it refuses, in words for people who do not run servers, and what to add to the workflow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from promptops.errors import ForbiddenError, ForgeError

_A_MINUTE = 60.0
"""What GitHub asks for where a secondary limit names no time."""
_PERMISSIONS = """give the job what it needs, in the workflow's file:
    permissions:
      contents: read
      pull-requests: write
(a pull request from a fork never gets it: there the second workflow comments)"""
_NOT_FOUND = ("not found, or the token may not see it", f"if it is there, {_PERMISSIONS}")
_REFUSALS = {
    401: (
        "GitHub does not know the token",
        "give the step a token: GITHUB_TOKEN: ${{ github.token }}; a personal token may have expired",
    ),
    403: ("the token may not do this", _PERMISSIONS),
    404: _NOT_FOUND,
    409: ("somebody changed it at the same time", ""),
    410: _NOT_FOUND,
    422: ("GitHub does not accept what was sent", ""),
}
"""Status → what it means, and what to do."""


class HttpResponse(NamedTuple):
    """Status, headers (names in lower case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def github_message(self) -> str:
        """GitHub's own `message`, empty where there is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        message = found.get("message") if isinstance(found, dict) else None
        return " ".join(message.split())[:300] if isinstance(message, str) else ""


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


def api_error(response: HttpResponse, method: str, said: str, where: str, *, unsure: bool) -> ForgeError:
    """The error for any other refusal. `said` is GitHub's own message without secrets."""
    status = response.status
    if status >= 500:
        message, hint = f"GitHub has a server error ({status})", "run the job again in a few minutes"
    else:
        message, hint = _REFUSALS.get(status, (f"GitHub refuses with status {status}", ""))
    if status == 403 and method == "GET":
        message = "the token may not read this"
    kind = ForbiddenError if status in (401, 403) else ForgeError
    quoted = f" (GitHub says: {said})" if said else ""
    return kind(f"{message}{quoted}", where=where, hint=hint, status=status, unsure=unsure)


def download_error(response: HttpResponse, where: str) -> ForgeError:
    """The error for an artifact that its store does not give."""
    return ForgeError(
        f"GitHub's file storage refuses with status {response.status}",
        where=where,
        hint="the artifact may have expired; run its job again",
        status=response.status,
    )


def format_size(limit: int) -> str:
    """`32 MiB`, or bytes below one."""
    return f"{limit // 2**20} MiB" if limit >= 2**20 else f"{limit:,} bytes"


def _now(response: HttpResponse) -> datetime:
    """GitHub's clock, as it dates its answers; ours where it does not."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return datetime.now(UTC)
