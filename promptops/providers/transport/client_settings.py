"""How the vendors' own clients call: the same limits, proxies and certificates for each.

Imported where a client is opened: it loads httpx2.
"""

from __future__ import annotations

from typing import Any

import httpx2

from promptops.model.config import Limits
from promptops.providers.endpoint import Endpoint, is_loopback
from promptops.providers.transport.certificates import trusted_certificates
from promptops.providers.transport.client_body import body_limit
from promptops.providers.transport.http_transport import CONNECT_SECONDS, CONNECTIONS


def client_settings(endpoint: Endpoint, limits: Limits) -> dict[str, Any]:
    """The arguments of `httpx2.AsyncClient`, and of clients made of it."""
    most, is_local = max(CONNECTIONS, limits.concurrency), is_loopback(endpoint.url)
    is_plain = is_local and endpoint.url.startswith("http://")
    return {
        "limits": httpx2.Limits(max_connections=most, max_keepalive_connections=most),
        "timeout": httpx2.Timeout(limits.timeout, connect=min(CONNECT_SECONDS, limits.timeout)),
        "trust_env": not is_local,  # no proxy for this machine
        "event_hooks": {"response": [body_limit(limits.max_reply_bytes)]},
        "follow_redirects": False,  # headers may hold a key, which is no other address's
        "verify": False if is_plain else trusted_certificates(),
    }
