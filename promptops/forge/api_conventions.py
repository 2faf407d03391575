"""How one forge's API speaks: what signs a request, what a refusal means in words, how long it asks to wait."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from promptops.errors import ForbiddenError, ForgeError


class HttpResponse(NamedTuple):
    """Status, headers (names in lower case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def message(self) -> str:
        """The forge's own words, whole as they may hold a token; empty where there are none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        words = (found.get("message") or found.get("error")) if isinstance(found, dict) else None
        return " ".join(_spoken(words).split())


class ApiConventions(NamedTuple):
    """What differs between forges. `token_name` is the variable with the token, `token_sample` a line that sets it.

    `headers` signs a request with a token, which may be empty. `rate_limit_wait` gives the seconds until the forge
    answers again, None where a refusal is not about how often it was asked. `refusals`: status → what it means, and
    what to do.
    """

    forge: str
    token_name: str
    token_sample: str
    headers: Callable[[str], dict[str, str]]
    rate_limit_wait: Callable[[HttpResponse], float | None]
    rate_limit_hint: str
    refusals: Mapping[int, tuple[str, str]]


def api_error(
    conventions: ApiConventions, response: HttpResponse, method: str, said: str, where: str, *, unsure: bool
) -> ForgeError:
    """The error for a refusal. `said` are the forge's own words without secrets."""
    status, forge = response.status, conventions.forge
    if status >= 500:
        message, hint = f"{forge} has a server error ({status})", "run the job again in a few minutes"
    else:
        message, hint = conventions.refusals.get(status, (f"{forge} refuses with status {status}", ""))
    if status == 403 and method == "GET":
        message = "the token may not read this"
    kind = ForbiddenError if status in (401, 403) else ForgeError
    quoted = f" ({forge} says: {said})" if said else ""
    return kind(f"{message}{quoted}", where=where, hint=hint, status=status, unsure=unsure)


def download_error(conventions: ApiConventions, response: HttpResponse, where: str) -> ForgeError:
    """The error for an artifact that its store does not give."""
    return ForgeError(
        f"{conventions.forge}'s file storage refuses with status {response.status}",
        where=where,
        hint="the artifact may have expired; run its job again",
        status=response.status,
    )


def rate_limit_error(conventions: ApiConventions, response: HttpResponse, seconds: float, where: str) -> ForgeError:
    """The error for a limit that lasts longer than anybody waits."""
    try:
        until = f"{clock_of(response) + timedelta(seconds=seconds):%H:%M} UTC"
    except (OverflowError, ValueError):
        until = "a distant time"
    return ForgeError(
        f"{conventions.forge}'s rate limit is used up until {until}",
        where=where,
        hint=conventions.rate_limit_hint,
        status=response.status,
    )


def clock_of(response: HttpResponse) -> datetime:
    """The forge's clock, as it dates its answers; ours where it does not."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return datetime.now(UTC)


def format_size(limit: int) -> str:
    """`32 MiB`, or bytes below one."""
    return f"{limit // 2**20} MiB" if limit >= 2**20 else f"{limit:,} bytes"


def _spoken(words: Any) -> str:
    """A text, or texts by field: GitLab says `{"body": ["is too long"]}`."""
    if isinstance(words, Mapping):
        return "; ".join(f"{name} {_spoken(value)}" for name, value in words.items())
    if isinstance(words, list):
        return ", ".join(_spoken(one) for one in words)
    return words if isinstance(words, str) else ""
