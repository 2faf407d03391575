"""JSON posted to an endpoint by aiohttp alone: a call costs a quarter of what it costs through a vendor's client."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from promptops.model.config import Limits
from promptops.providers.endpoint import Endpoint
from promptops.providers.transport.body_limit import ERROR_BYTES, BoundedBody, is_known_to_fit
from promptops.providers.transport.call_headers import call_headers, without_user

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from yarl import URL

CONNECT_SECONDS = 30.0
CONNECTIONS = 256
_READ_BUFFER = 2**20
_IDLE_SECONDS = 4.0
"""Common servers close what was idle for 5 s, and a request that meets the closing is lost."""
_LONG_BODY = 2**20
"""Bytes from which aiohttp wants a body as a file, so that writing it holds up no other call."""


class HttpAnswer(NamedTuple):
    """`content` is unpacked, and of an error only the beginning; `seconds` from sending to the last byte.

    `headers` are found however their names are written.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 200 to 299."""
        return 200 <= self.status < 300


class HttpTransport:
    """Posts JSON below one base address, over connections that are kept. One event loop's, until closed.

    It never repeats a call and follows no redirect: what comes back is the answer. Errors are those of aiohttp,
    TimeoutError (`limits.timeout` is for the whole call), zlib.error, BodyTooLargeError, ValueError for what cannot
    be sent, and ProviderError for a proxy that cannot be used.
    """

    def __init__(self, endpoint: Endpoint, limits: Limits) -> None:
        self._endpoint, self._limits = endpoint, limits
        self._session: ClientSession | None = None
        self._addresses: dict[str, URL] = {}
        self._options: dict[str, Any] = {}

    async def post(self, path: str, content: bytes) -> HttpAnswer:
        """Send JSON to this path, which begins with a slash."""
        session = self._session or self._open()
        url = self._addresses.get(path) or self._addresses.setdefault(path, self._address(path))
        data = content if len(content) < _LONG_BODY else io.BytesIO(content)
        start = time.perf_counter()
        # aiohttp's own limits are for single steps: a dripping server would go on for ever.
        async with (
            asyncio.timeout(self._limits.timeout),
            session.post(url, data=data, **self._options) as response,
        ):
            body = await self._read(response)
        return HttpAnswer(response.status, response.headers, body, time.perf_counter() - start)

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _read(self, response: ClientResponse) -> bytes:
        is_error = not 200 <= response.status < 300
        most = ERROR_BYTES if is_error else self._limits.max_reply_bytes
        if is_known_to_fit(response.headers, most):
            return await response.read()
        body, parts = BoundedBody(most, response.headers.get("content-encoding", ""), cut=is_error), []
        try:
            async for chunk in response.content.iter_any():
                parts.append(body.feed(chunk))
                if body.is_full:
                    response.close()  # nobody reads the rest
                    break
        except BaseException:
            response.close()
            raise
        return b"".join(parts)

    def _address(self, path: str) -> URL:
        from yarl import URL

        parts = urlsplit(without_user(self._endpoint.url))
        url = URL(urlunsplit(parts._replace(path=parts.path.rstrip("/") + path)))
        return url.update_query(self._endpoint.query) if self._endpoint.query else url

    def _open(self) -> ClientSession:
        import aiohttp  # 0.15 s, so only where a call is made

        from promptops.providers.transport.certificates import trusted_certificates
        from promptops.providers.transport.environment_proxy import environment_proxy

        endpoint, limits = self._endpoint, self._limits
        headers, proxy = call_headers(endpoint), environment_proxy(endpoint.url)
        # With each call: headers of the session aiohttp sends to the proxy as well, keys and all.
        self._options = {"headers": headers, "allow_redirects": False}
        is_plain = endpoint.url.startswith("http://")
        if proxy is not None:
            self._options["proxy"] = proxy.url
            if proxy.authorization and is_plain:
                headers["Proxy-Authorization"] = proxy.authorization
            elif proxy.authorization:  # with the request for a tunnel, which nobody but the proxy sees
                self._options["proxy_headers"] = {"Proxy-Authorization": proxy.authorization}
            is_plain = is_plain and proxy.url.startswith("http://")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=max(CONNECTIONS, limits.concurrency),
                ssl=True if is_plain else trusted_certificates(),
                keepalive_timeout=_IDLE_SECONDS,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(CONNECT_SECONDS, limits.timeout)),
            auto_decompress=False,
            read_bufsize=_READ_BUFFER,
        )
        return self._session
