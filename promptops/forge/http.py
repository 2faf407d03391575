"""One place for every call to a forge: the token, deadlines, bounds, retries, rate limits.

The token goes to the API's own host and nowhere else, and stands in no message. Bodies are read as they come (no
compression, so that no small answer unfolds into a large one) and only up to a limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from promptops.errors import ForgeError
from promptops.forge.api_conventions import (
    ApiConventions,
    HttpResponse,
    api_error,
    download_error,
    format_size,
    rate_limit_error,
)
from promptops.text.key_mask import KeyMask, without_users

if TYPE_CHECKING:
    import ssl

MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of one answer: a hundred comments of 65,536 characters, written in the most wasteful way."""
MAX_WAIT = 120.0
"""Seconds that one client waits in all, for rate limits and between retries."""
_RETRIES = 3
_BUSY = frozenset({502, 503, 504})
_REDIRECTS = frozenset({301, 302, 307, 308})
_MOST_REDIRECTS = 3
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class HttpRequest(NamedTuple):
    """One request: method, address, fields of the query, JSON to send. `limit` bounds the answer, in bytes."""

    method: str
    url: str
    params: Mapping[str, str | int] | None = None
    body: Mapping[str, Any] | None = None
    limit: int = MAX_ANSWER


class HttpClient:
    """Sends requests to one forge and gives whole answers; what cannot be had is a ForgeError in plain words.

    `conventions` are the forge's, `api` is the address of its API, `sleep` waits (seconds), `timeout` bounds each wait
    for the network and, five times over, a whole answer.
    """

    def __init__(
        self, conventions: ApiConventions, token: str, api: str, sleep: Callable[[float], None], timeout: float
    ) -> None:
        self.api = _require_https(api)
        self._conventions = conventions
        self._forge = conventions.forge
        self._host = _host(api)
        self._token = _require_printable(token, conventions)
        self._mask = KeyMask([self._token])
        self._sleep = sleep
        self._timeout = timeout
        self._patience = MAX_WAIT
        self._after_wait: Callable[[], None] | None = None
        self._tls: ssl.SSLContext | None = None

    @contextmanager
    def wait_at_most(self, seconds: float) -> Iterator[None]:
        """Inside, no more than so many seconds are waited in all."""
        kept = max(0.0, self._patience - seconds)
        self._patience -= kept
        try:
            yield
        finally:
            self._patience += kept

    @contextmanager
    def after_each_wait(self, check: Callable[[], None]) -> Iterator[None]:
        """Inside, `check` is called before a request is repeated; what it raises ends the request."""
        before, self._after_wait = self._after_wait, check
        try:
            yield
        finally:
            self._after_wait = before

    def request(self, request: HttpRequest) -> HttpResponse:
        """The answer to a request that the forge granted. Raises ForgeError, ForbiddenError where the token may not."""
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._send_with_retries(request)
            if response.status not in _REDIRECTS:
                return response
            target = urljoin(request.url, response.headers.get("location", ""))
            if not self.is_api_host(target):
                raise ForgeError(
                    f"{self._forge} redirects to another host, which must not see the token",
                    where=self._host,
                    status=response.status,
                )
            request = request._replace(url=target, params=None)
        raise ForgeError(f"{self._forge} redirects in circles", where=self._host)

    def redirect_target(self, request: HttpRequest) -> str:
        """Where the forge says that the thing asked for lies: an address on any host. ForgeError where it says none."""
        response = self._send_with_retries(request)
        target = response.headers.get("location", "")
        if response.status not in _REDIRECTS or not target:
            raise ForgeError(f"{self._forge} does not say where this lies", where=self._host, status=response.status)
        return _require_https(urljoin(request.url, target))

    def download(self, url: str, limit: int) -> bytes:
        """What lies at an address that the forge named, asked for without the token and without further redirects."""
        response = self._send_with_retries(HttpRequest("GET", _require_https(url), limit=limit), signed=False)
        if response.status in _REDIRECTS:
            raise ForgeError(f"the address that {self._forge} named redirects to another one", where=_host(url))
        return response.body

    def is_api_host(self, url: str) -> bool:
        """Whether an address lies on the API's own host: scheme, host and port."""
        try:
            return _origin(url) == _origin(self.api)
        except ValueError:
            return False

    def _send_with_retries(self, request: HttpRequest, *, signed: bool = True) -> HttpResponse:
        """The first answer that is no refusal; waits and repeats where that helps."""
        failures = 0
        while True:
            try:
                response = self._send(request, signed)
            except ForgeError as exc:
                # What may have been written is not written twice blindly: whoever asked looks first.
                if not exc.unsure or request.method == "POST" or failures == _RETRIES:
                    raise
            else:
                if response.status < 400:
                    return response
                if not signed and response.status not in _BUSY:
                    raise download_error(self._conventions, response, _host(request.url))
                waiting = self._conventions.rate_limit_wait(response)
                if waiting is not None:
                    self._wait(waiting, rate_limit_error(self._conventions, response, waiting, self._host))
                    continue
                unsure = response.status in _BUSY
                if not unsure or request.method == "POST" or failures == _RETRIES:
                    said = self._mask(response.message)[:300]
                    raise api_error(self._conventions, response, request.method, said, self._host, unsure=unsure)
            failures += 1
            self._wait(2.0 ** (failures - 1), None)

    def _wait(self, seconds: float, otherwise: ForgeError | None) -> None:
        if otherwise is not None and seconds > self._patience:
            raise otherwise
        seconds = min(seconds, self._patience)
        self._patience -= seconds
        self._sleep(seconds)
        check, self._after_wait = self._after_wait, None  # its own requests are repeated as they are
        try:
            if check is not None:
                check()
        finally:
            self._after_wait = check

    def _send(self, request: HttpRequest, signed: bool) -> HttpResponse:
        import json

        import httpx2

        headers = {"accept-encoding": "identity", "user-agent": "promptops"}
        if signed:
            headers |= self._conventions.headers(self._token)
        content = None
        if request.body is not None:
            content = json.dumps(request.body).encode()
            headers["content-type"] = "application/json"
        where = _host(request.url)
        try:
            self._tls = self._tls or httpx2.create_ssl_context()
            with (
                httpx2.Client(verify=self._tls, timeout=self._timeout) as client,
                client.stream(
                    request.method, request.url, params=request.params, content=content, headers=headers
                ) as response,
            ):
                return HttpResponse(
                    response.status_code, dict(response.headers), self._body(response, request.limit, where)
                )
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError) as exc:
            reason = self._mask(str(exc)) or type(exc).__name__
            hint = "run the job again; nothing else needs to change"
            raise ForgeError(f"no answer: {reason[:300]}", where=where, hint=hint, unsure=True) from None

    def _body(self, response: Any, limit: int, where: str) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise ForgeError("the response is compressed, which was not requested", where=where)
        end = time.monotonic() + 5 * self._timeout
        whole = bytearray()
        for chunk in response.iter_raw():
            whole += chunk
            if len(whole) > limit:
                raise ForgeError(f"the response is larger than {format_size(limit)}", where=where)
            if time.monotonic() > end:
                raise ForgeError("the response came too slowly", where=where, unsure=True)
        return bytes(whole)


def _require_printable(token: str, conventions: ApiConventions) -> str:
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ForgeError(  # the token itself is not shown
            "the token holds characters that no token has",
            where=conventions.token_name,
            hint=f"copy it again, without line breaks: {conventions.token_sample}",
        )
    return token


def _require_https(url: str) -> str:
    """An https address, or one on this machine."""
    try:
        parts = urlsplit(url)
        fine = bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        fine = False
    if not fine or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        raise ForgeError(
            "this is not an https address; nothing was sent there", where=without_users(url.split("?", 1)[0])[:200]
        )
    return url.rstrip("/")


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the forge"
    except ValueError:
        return "the forge"
