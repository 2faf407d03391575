"""How GitLab's API speaks, in words for people who do not run servers, and where the token belongs.

https://docs.gitlab.com/api/rest/ (status codes), https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
"""

from __future__ import annotations

from promptops.forge.api_conventions import ApiConventions, HttpResponse, clock_of

TOKEN_NAME = "PROMPTOPS_GITLAB_TOKEN"  # noqa: S105
_A_MINUTE = 60.0
_GIVE_TOKEN = (
    "make a project access token (Settings → Access tokens; role Reporter, scope api) and keep it as the masked "
    f"variable {TOKEN_NAME} (Settings → CI/CD → Variables, not protected)"
)


def _headers(token: str) -> dict[str, str]:
    return {"accept": "application/json"} | ({"private-token": token} if token else {})


def rate_limit_wait(response: HttpResponse) -> float | None:
    """Seconds until GitLab answers again, None where the refusal is not about how often it was asked."""
    if response.status != 429:
        return None
    after = response.headers.get("retry-after", "")
    if after.isdecimal() and len(after) < 10:
        return max(1.0, float(after))
    reset = response.headers.get("ratelimit-reset", "")
    if reset.isdecimal() and len(reset) < 12:
        return max(1.0, int(reset) - clock_of(response).timestamp())
    return _A_MINUTE


CONVENTIONS = ApiConventions(
    forge="GitLab",
    token_name=TOKEN_NAME,
    token_sample=f"Settings → CI/CD → Variables → {TOKEN_NAME}",
    headers=_headers,
    rate_limit_wait=rate_limit_wait,
    rate_limit_hint="run the job again after that",
    refusals={
        400: ("GitLab does not accept what was sent", ""),
        401: ("GitLab does not know the token", f"it may have expired; {_GIVE_TOKEN}"),
        403: ("the token may not do this", _GIVE_TOKEN),
        404: ("not found, or the token may not see it", f"if it is there, {_GIVE_TOKEN}"),
        409: ("somebody changed it at the same time", ""),
        413: ("the text is too long for this GitLab", ""),
        422: ("GitLab does not accept what was sent", ""),
    },
)


def no_token_hint() -> str:
    """What to do where there is no token at all."""
    return _GIVE_TOKEN
