"""What GitHub means when it refuses, in words for people who do not run servers, and what to add to the workflow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from promptops.errors import ForbiddenError, ForgeError

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
        """GitHub's own `message`, whole as it may hold a token; empty where there is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        message = found.get("message") if isinstance(found, dict) else None
        return " ".join(message.split()) if isinstance(message, str) else ""


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
