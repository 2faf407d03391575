"""Any endpoint that speaks OpenAI's chat completions, called by aiohttp alone."""

from __future__ import annotations

from promptops.model.config import ModelSpec
from promptops.model.model_call import Reply, Request
from promptops.providers.endpoint import Endpoint, parse_host, plain_endpoint
from promptops.providers.masked_reply import masked_reply
from promptops.providers.openai.completion_json import encode_body, parse_reply, request_body
from promptops.providers.openai_errors import ErrorTranslator, error_body
from promptops.providers.transport.http_transport import HttpTransport
from promptops.text.key_mask import NO_KEYS, KeyMask


class ChatCompletionsProvider:
    """Calls `spec` at `endpoint` (by default the spec's, without a key). One event loop's, until closed. Never retries.

    The official client costs three times as much a call, and its import more than most runs: `client: openai` has it.
    """

    def __init__(self, spec: ModelSpec, endpoint: Endpoint | None = None, others: KeyMask = NO_KEYS) -> None:
        """`others` are keys that may stand in no error either."""
        self.spec = spec
        self.endpoint = endpoint or plain_endpoint(spec)
        keys = self.endpoint.keys
        self.errors = ErrorTranslator(spec, self.endpoint.url, self.endpoint.api_key, others.with_keys_of(keys))
        self._own_keys = keys.without_words()
        self._transport = HttpTransport(self.endpoint, spec.limits)
        parse_host(self.endpoint.url)  # a broken address is told now, not by the client

    async def complete(self, request: Request) -> Reply:
        """Call the model once; `latency` is from sending to the last byte."""
        with self.errors.translating():
            content = encode_body(request_body(request, self.spec))
            answer = await self._transport.post("/chat/completions", content)
        if not answer.is_success:
            raise self.errors.from_status(answer.status, error_body(answer.content), answer.headers)
        return masked_reply(parse_reply(answer.content, answer.seconds, self.errors, answer.headers), self._own_keys)

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()
