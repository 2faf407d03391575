"""The proxy a call goes through, as the environment or the system's settings name it.

Looked up once for each endpoint. The HTTP client could do it by itself, but asks at every call, and takes passwords
for the endpoint from a `.netrc` on the way: they are nobody's business but that file's other readers'.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from promptops.errors import ProviderError
from promptops.providers.endpoint import is_loopback, redact_url
from promptops.providers.transport.call_headers import basic_authorization, without_user

PROXY_HINT = "check the environment variables HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY"
"""What to do about a proxy that does not work."""


class Proxy(NamedTuple):
    """`url` has no user in it; `authorization` is the header's value, empty for none."""

    url: str
    authorization: str = ""


def environment_proxy(url: str) -> Proxy | None:
    """The proxy for this address, None where it is called directly. An address of this machine always is.

    Raises ProviderError for a proxy that cannot be used.
    """
    if is_loopback(url):
        return None
    from urllib.request import getproxies, proxy_bypass

    parts, settings = urlsplit(url), getproxies()
    found = settings.get(parts.scheme) or settings.get("all") or ""
    host = parts.hostname or ""
    if not found or proxy_bypass(f"{host}:{parts.port or ''}".rstrip(":")) or _is_in_excepted_network(host, settings):
        return None
    return _parse(found if "://" in found else f"http://{found}")


def _is_in_excepted_network(host: str, settings: Mapping[str, str]) -> bool:
    """Whether NO_PROXY names a network (`10.0.0.0/8`) that the address is in."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    for entry in settings.get("no", "").split(","):
        try:
            if "/" in entry and address in ip_network(entry.strip(), strict=False):
                return True
        except ValueError:  # other tools' patterns
            continue
    return False


def _parse(found: str) -> Proxy:
    try:
        parts = urlsplit(found)
        is_usable = bool(parts.hostname) and parts.scheme in ("http", "https") and (parts.port or 1) > 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ProviderError(
            f"the proxy {redact_url(found)} cannot be used: write it as http://HOST:PORT", hint=PROXY_HINT
        )
    if parts.username is None:
        return Proxy(found)
    authorization = basic_authorization(unquote(parts.username), unquote(parts.password or ""))
    return Proxy(without_user(found), authorization)
