"""What is sent with every call besides the body: our headers, and those that a model's settings add."""

from __future__ import annotations

from base64 import b64encode
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import unquote, urlsplit, urlunsplit

from promptops.providers.endpoint import Endpoint
from promptops.providers.transport.body_limit import ENCODINGS

BODY_HEADERS = frozenset({"accept-encoding", "content-encoding", "content-length", "content-type", "transfer-encoding"})
"""They describe a body that we write, and one that we can read: nobody else sets them."""


def call_headers(endpoint: Endpoint) -> dict[str, str]:
    """Name → value. A header of the endpoint's takes the place of ours, however it is written, but those of bodies."""
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": ENCODINGS,
        "Content-Type": "application/json",
        "User-Agent": user_agent(),
    }
    if endpoint.api_key:
        headers["Authorization"] = f"Bearer {endpoint.api_key}"
    elif user := urlsplit(endpoint.url).username:
        headers["Authorization"] = basic_authorization(unquote(user))
    written = {name.lower(): name for name in headers}
    for name, value in endpoint.headers.items():
        if name.lower() not in BODY_HEADERS:
            headers[written.setdefault(name.lower(), name)] = value
    return headers


def basic_authorization(user: str, password: str = "") -> str:
    """The value of a header for this user, as HTTP's basic authentication has it (RFC 7617)."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def without_user(url: str) -> str:
    """The address without the user and the password in it: they go into a header."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def user_agent() -> str:
    """Who calls, for servers' logs."""
    return f"promptops/{_version()}"


def _version() -> str:
    try:
        return version("git-promptops")
    except PackageNotFoundError:  # run from a copy that nobody installed
        return "0"
