"""Models of Anthropic, or of whoever speaks its Messages interface, called with Anthropic's own client."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from promptops.errors import ProviderError, RenderError
from promptops.model.config import ModelSpec
from promptops.model.model_call import Reply, Request
from promptops.model.requests.anthropic_messages import anthropic_arguments
from promptops.model.requests.chat_completions import CALL_OPTIONS
from promptops.providers.anthropic.message_json import parse_message
from promptops.providers.endpoint import Endpoint, is_loopback, parse_host, plain_endpoint
from promptops.providers.masked_reply import masked_reply
from promptops.providers.openai_errors import ErrorTranslator
from promptops.providers.transport.call_headers import call_headers, without_user
from promptops.providers.transport.certificates import trusted_certificates
from promptops.providers.transport.http_transport import CONNECT_SECONDS, CONNECTIONS
from promptops.text.key_mask import NO_KEYS, KeyMask

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic


class AnthropicProvider:
    """Calls `spec` at `endpoint` (by default the spec's, without a key). One event loop's, until closed. Never retries.

    The client is called as an application calls it, so that what is evaluated is what is served; of its answer only the
    bytes are taken.
    """

    def __init__(self, spec: ModelSpec, endpoint: Endpoint | None = None, others: KeyMask = NO_KEYS) -> None:
        """`others` are keys that may stand in no error either."""
        self.spec = spec
        self.endpoint = endpoint or plain_endpoint(spec)
        keys = self.endpoint.keys
        self.errors = ErrorTranslator(spec, self.endpoint.url, self.endpoint.api_key, others.with_keys_of(keys))
        self._own_keys = keys.without_words()
        self._client: AsyncAnthropic | None = None
        self._headers: dict[str, Any] = {}
        parse_host(self.endpoint.url)  # a broken address is told now, not by the client

    async def complete(self, request: Request) -> Reply:
        """Call the model once; `latency` is from sending to the last byte."""
        arguments = _arguments(request, self.spec)
        client = self._client or self._open()
        with self.errors.translating():
            start = time.perf_counter()
            # The client's own timeout is for each read: a dripping server would go on for ever.
            async with asyncio.timeout(self.spec.limits.timeout):
                raw = await client.messages.with_raw_response.create(
                    **arguments, extra_headers=self._headers, extra_query=dict(self.endpoint.query)
                )
            latency = time.perf_counter() - start
        response = raw.http_response
        return masked_reply(parse_message(response.content, latency, self.errors, response.headers), self._own_keys)

    async def close(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _open(self) -> AsyncAnthropic:
        import anthropic
        import httpx2

        from promptops.providers.transport.client_body import body_limit

        endpoint, limits = self.endpoint, self.spec.limits
        most, is_local = max(CONNECTIONS, limits.concurrency), is_loopback(endpoint.url)
        # Without a key of ours the client would send what it finds in the environment.
        self._headers = {"Authorization": anthropic.Omit(), **call_headers(endpoint)}
        is_plain = is_local and endpoint.url.startswith("http://")
        with self.errors.translating():
            self._client = anthropic.AsyncAnthropic(
                api_key=endpoint.api_key or "none",
                base_url=without_user(endpoint.url),
                max_retries=0,
                timeout=limits.timeout,
                open_telemetry=False,  # a run has records of its own
                http_client=httpx2.AsyncClient(
                    limits=httpx2.Limits(max_connections=most, max_keepalive_connections=most),
                    timeout=httpx2.Timeout(limits.timeout, connect=min(CONNECT_SECONDS, limits.timeout)),
                    trust_env=not is_local,  # no proxy for this machine
                    event_hooks={"response": [body_limit(limits.max_reply_bytes)]},
                    follow_redirects=False,  # headers may hold a key, which is no other address's
                    verify=False if is_plain else trusted_certificates(),
                ),
            )
        return self._client


def _arguments(request: Request, spec: ModelSpec) -> dict[str, Any]:
    """What the client is called with. Options of calls are left out: the model's settings say them."""
    asked = request.parameters, request.tools, request.response_format, request.json_schema
    try:
        arguments = anthropic_arguments(spec.model, request.messages, *asked)
    except RenderError as exc:
        raise ProviderError(str(exc), where=spec.alias or spec.full_name, hint=exc.hint) from exc
    return {name: value for name, value in arguments.items() if name not in CALL_OPTIONS}
