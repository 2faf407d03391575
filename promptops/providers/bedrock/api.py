"""Models on Amazon Bedrock, called with AWS's own client."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from promptops.model.config import ModelSpec
from promptops.model.model_call import Reply, Request
from promptops.providers.bedrock.converse_json import parse_converse
from promptops.providers.bedrock.errors import translate
from promptops.providers.endpoint import Endpoint, parse_host, plain_endpoint
from promptops.providers.masked_reply import masked_reply
from promptops.providers.openai_errors import ErrorTranslator
from promptops.providers.vendor_arguments import vendor_arguments
from promptops.text.key_mask import NO_KEYS, KeyMask

if TYPE_CHECKING:
    from promptops.providers.bedrock.transport import BedrockClient


class BedrockProvider:
    """Calls `spec` at `endpoint` (by default the spec's), with the credentials that AWS's library finds. Never retries.

    An `api_key` of the endpoint is a bearer token, and takes the place of credentials. The client waits in threads, as
    many as calls may be in flight.
    """

    def __init__(self, spec: ModelSpec, endpoint: Endpoint | None = None, others: KeyMask = NO_KEYS) -> None:
        """`others` are keys that may stand in no error either."""
        self.spec = spec
        self.endpoint = endpoint or plain_endpoint(spec)
        keys = self.endpoint.keys
        self.errors = ErrorTranslator(spec, self.endpoint.url, self.endpoint.api_key, others.with_keys_of(keys))
        self._own_keys = keys.without_words()
        self._client: BedrockClient | None = None
        self._opening = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None
        parse_host(self.endpoint.url)  # a broken address is told now, not by the client

    async def complete(self, request: Request) -> Reply:
        """Call the model once; `latency` is from sending to the last byte."""
        arguments = vendor_arguments(request, self.spec)
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.spec.limits.concurrency, thread_name_prefix="bedrock")
        loop = asyncio.get_running_loop()
        with self.errors.translating(translate):
            client = self._client
            if client is None:
                client = await loop.run_in_executor(self._threads, self._open)
            # A thread cannot be ended, but it ends by itself: what it reads has the same deadline.
            async with asyncio.timeout(self.spec.limits.timeout):
                content, latency = await loop.run_in_executor(self._threads, client.converse, arguments)
        return masked_reply(parse_converse(content, latency, self.errors), self._own_keys)

    async def close(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        threads, self._threads = self._threads, None
        if client is not None:
            client.close()
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)

    def _open(self) -> BedrockClient:
        """The client, made once: that takes half a second, and may ask the machine for its credentials."""
        with self._opening:
            if self._client is None:
                from promptops.providers.bedrock.transport import BedrockClient

                self._client = BedrockClient(self.spec, self.endpoint)
            return self._client
