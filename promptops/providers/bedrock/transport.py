"""AWS's client with our limits: connections, deadlines, the length of answers, no retries and no proxy on loopback.

Imported where a client is opened: it loads boto3.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError, ResponseStreamingError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as TimeoutException

from promptops.model.config import ModelSpec
from promptops.providers.endpoint import Endpoint, is_loopback
from promptops.providers.openai_errors import error_body
from promptops.providers.transport.body_limit import ERROR_BYTES, BoundedBody
from promptops.providers.transport.call_headers import BODY_HEADERS, user_agent, without_user
from promptops.providers.transport.certificates import named_certificates
from promptops.providers.transport.http_transport import CONNECT_SECONDS

_CHUNK = 64 * 1024
_REFUSED = 300
"""From this status on the client raises what the answer says as an error."""


class BedrockClient:
    """`converse` of AWS's client, sent with our limits. Thread-safe.

    Errors are the libraries', when it is made too: no region, no credentials, no profile of this name.
    """

    def __init__(self, spec: ModelSpec, endpoint: Endpoint) -> None:
        settings = botocore.session.Session()
        self._client = boto3.session.Session(region_name=spec.region or None, botocore_session=settings).client(
            "bedrock-runtime",
            endpoint_url=without_user(endpoint.url) if spec.base_url else None,
            config=Config(
                retries={"total_max_attempts": 1},
                max_pool_connections=spec.limits.concurrency,
                **({} if _is_signed(settings, spec, endpoint) else {"signature_version": UNSIGNED}),
                user_agent_extra=user_agent(),
            ),
        )
        url, certificates = self._client.meta.endpoint_url, settings.get_config_variable("ca_bundle")
        self._endpoint, self._limits = endpoint, spec.limits
        self._received = threading.local()
        self._session = URLLib3Session(
            verify=certificates or named_certificates() or True,
            proxies={} if is_loopback(url) else get_environ_proxies(url),
            timeout=(min(CONNECT_SECONDS, spec.limits.timeout), spec.limits.timeout),
            max_pool_connections=spec.limits.concurrency,
        )
        self._client.meta.events.register("before-sign.bedrock-runtime.Converse", self._add_headers)
        self._client.meta.events.register("before-send.bedrock-runtime.Converse", self._send)

    def converse(self, arguments: dict[str, Any]) -> tuple[bytes, float]:
        """The answer's body as it came, and the seconds it took."""
        start = time.perf_counter()
        self._client.converse(**arguments)
        return self._received.content, time.perf_counter() - start

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
        self._session.close()

    def _add_headers(self, request: Any, **_: Any) -> None:
        """Before a request is signed: what the model's settings add to it."""
        for name, value in self._endpoint.headers.items():
            if name.lower() not in BODY_HEADERS:
                request.headers[name] = value
        request.params = {**(request.params or {}), **self._endpoint.query}
        if self._endpoint.api_key:
            request.headers["Authorization"] = f"Bearer {self._endpoint.api_key}"

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        """In place of the client's own sending, which reads answers of any length for any time."""
        deadline = time.monotonic() + self._limits.timeout
        request.stream_output = True  # so that we read it
        response = self._session.send(request)
        try:
            content = _read(response, self._limits.max_reply_bytes, deadline)
            response.raw.release_conn()
        except TimeoutException as exc:
            raise ReadTimeoutError(endpoint_url=request.url) from exc
        except HTTPError as exc:
            raise ResponseStreamingError(error=exc) from exc
        finally:
            response.raw.close()  # of a connection that was given back nothing is left to close
        # The client takes anything for an answer, or breaks on it: it is given what it can read, and we look ourselves.
        if response.status_code < _REFUSED:
            self._received.content, content = content, b"{}"
        elif not isinstance(said := error_body(content), dict):
            content = json.dumps({"message": str(said)}).encode()
        return AWSResponse(response.url, response.status_code, response.headers, _Content(content))


def _is_signed(settings: botocore.session.Session, spec: ModelSpec, endpoint: Endpoint) -> bool:
    """Whether AWS's credentials are meant: not beside a token or a header of the model's own, and not on this machine
    where there are none. A machine on EC2 is not asked for some that are to go to itself.
    """
    if endpoint.api_key or any(name.lower() == "authorization" for name in endpoint.headers):
        return False
    if not (spec.base_url and is_loopback(endpoint.url)):
        return True
    settings.get_component("credential_provider").remove("iam-role")
    return settings.get_credentials() is not None


def _read(response: Any, most: int, deadline: float) -> bytes:
    """The whole body. BodyTooLargeError for a longer one, TimeoutException where it goes on after the deadline."""
    is_error = response.status_code >= _REFUSED
    body = BoundedBody(ERROR_BYTES if is_error else most, cut=is_error)
    read = getattr(response.raw, "read1", response.raw.read)  # what has come, however little: a server may drip
    content = bytearray()
    while not body.is_full and (chunk := read(_CHUNK)):
        content += body.feed(chunk)
        if time.monotonic() > deadline:
            raise TimeoutException(None, "", "")  # type: ignore[arg-type]
    announced = response.headers.get("content-length", "")
    if not body.is_full and announced.isdecimal() and len(content) < int(announced):
        raise HTTPError(f"the connection ended after {len(content):,} of {int(announced):,} bytes")
    return bytes(content)


class _Content:
    """A body that has been read, as the client reads one."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content
