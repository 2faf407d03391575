"""Models of Anthropic, or of whoever speaks its Messages interface, called with Anthropic's own client."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from promptops.model.config import ModelSpec
from promptops.model.model_call import Reply, Request
from promptops.model.requests.chat_completions import CALL_OPTIONS
from promptops.providers.anthropic.message_json import parse_message
from promptops.providers.endpoint import Endpoint, parse_host, plain_endpoint
from promptops.providers.masked_reply import masked_reply
from promptops.providers.openai_errors import ErrorTranslator
from promptops.providers.transport.call_headers import call_headers, without_user
from promptops.providers.vendor_arguments import vendor_arguments
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
        # Options of calls are left out: the model's settings say them.
        every = vendor_arguments(request, self.spec)
        arguments = {name: value for name, value in every.items() if name not in CALL_OPTIONS}
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

        from promptops.providers.transport.client_settings import client_settings

        endpoint, limits = self.endpoint, self.spec.limits
        # Without a key of ours the client would send what it finds in the environment.
        self._headers = {"Authorization": anthropic.Omit(), **call_headers(endpoint)}
        with self.errors.translating():
            self._client = anthropic.AsyncAnthropic(
                api_key=endpoint.api_key or "none",
                base_url=without_user(endpoint.url),
                max_retries=0,
                timeout=limits.timeout,
                open_telemetry=False,  # a run has records of its own
                http_client=httpx2.AsyncClient(
                    **client_settings(endpoint, limits),
                ),
            )
        return self._client
