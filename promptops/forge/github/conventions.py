"""How GitHub's API speaks, in words for people who do not run servers, and what to add to the workflow."""

from __future__ import annotations

from promptops.forge.api_conventions import ApiConventions
from promptops.forge.github.rate_limit import rate_limit_wait

_VERSION = "2022-11-28"
"""The API's version; GitHub's own servers and those that companies run know this one."""
_SAMPLE = "GITHUB_TOKEN: ${{ github.token }}"
_PERMISSIONS = """give the job what it needs, in the workflow's file:
    permissions:
      contents: read
      pull-requests: write
(a pull request from a fork never gets it: there the second workflow comments)"""
_NOT_FOUND = ("not found, or the token may not see it", f"if it is there, {_PERMISSIONS}")


def _headers(token: str) -> dict[str, str]:
    headers = {"accept": "application/vnd.github+json", "x-github-api-version": _VERSION}
    return headers | ({"authorization": f"Bearer {token}"} if token else {})


CONVENTIONS = ApiConventions(
    forge="GitHub",
    token_name="GITHUB_TOKEN",  # noqa: S106
    token_sample=_SAMPLE,
    headers=_headers,
    rate_limit_wait=rate_limit_wait,
    rate_limit_hint="run the job again after that; a personal token has a higher limit than the workflow's",
    refusals={
        401: (
            "GitHub does not know the token",
            f"give the step a token: {_SAMPLE}; a personal token may have expired",
        ),
        403: ("the token may not do this", _PERMISSIONS),
        404: _NOT_FOUND,
        409: ("somebody changed it at the same time", ""),
        410: _NOT_FOUND,
        422: ("GitHub does not accept what was sent", ""),
    },
)
