"""Models of Google, with an API key or in a project of Google Cloud, called with Google's own client."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any

from promptops.errors import ProviderError
from promptops.model.config import ModelSpec
from promptops.model.model_call import Reply, Request
from promptops.providers.cloud_address import is_vertex
from promptops.providers.endpoint import Endpoint, parse_host, plain_endpoint
from promptops.providers.gemini.content_json import parse_content
from promptops.providers.gemini.errors import translate
from promptops.providers.masked_reply import masked_reply
from promptops.providers.openai_errors import ErrorTranslator
from promptops.providers.transport.call_headers import call_headers, without_user
from promptops.providers.vendor_arguments import vendor_arguments
from promptops.text.key_mask import NO_KEYS, KeyMask

if TYPE_CHECKING:
    import httpx2
    from google.genai import Client

_VERSION = re.compile(r"/(v\d+(?:alpha|beta)?\d*)$")
_USUAL_LOCATION = "global"
_OF_THE_CLIENT = frozenset({"authorization", "content-type"})


class GeminiProvider:
    """Calls `spec` at `endpoint` (by default the spec's, without a key). One event loop's, until closed. Never retries.

    With a `project` or a `location` it is called on Vertex, with the credentials that Google's library finds. The
    client is called as an application calls it; of its answer only the text of the body is taken.
    """

    def __init__(self, spec: ModelSpec, endpoint: Endpoint | None = None, others: KeyMask = NO_KEYS) -> None:
        """`others` are keys that may stand in no error either."""
        self.spec = spec
        self.endpoint = endpoint or plain_endpoint(spec)
        keys = self.endpoint.keys
        self.errors = ErrorTranslator(spec, self.endpoint.url, self.endpoint.api_key, others.with_keys_of(keys))
        self._own_keys = keys.without_words()
        self._client: Client | None = None
        self._connections: httpx2.AsyncClient | None = None
        parse_host(self.endpoint.url)  # a broken address is told now, not by the client

    async def complete(self, request: Request) -> Reply:
        """Call the model once; `latency` is from sending to the last byte."""
        arguments = _arguments(request, self.spec)
        client = self._client or self._open()
        with self.errors.translating(translate):
            start = time.perf_counter()
            # The client's own timeout is for each read: a dripping server would go on for ever.
            async with asyncio.timeout(self.spec.limits.timeout):
                answer = await client.aio.models.generate_content(**arguments)
            latency = time.perf_counter() - start
        raw = answer.sdk_http_response
        content = ((raw and raw.body) or "").encode("utf-8", "replace")
        headers = {name.lower(): value for name, value in ((raw and raw.headers) or {}).items()}
        return masked_reply(parse_content(content, latency, self.errors, headers), self._own_keys)

    async def close(self) -> None:
        """Close all connections."""
        connections, self._connections, self._client = self._connections, None, None
        if connections is not None:
            await connections.aclose()

    def _open(self) -> Client:
        import httpx2
        from google import genai

        from promptops.providers.transport.client_settings import client_settings

        endpoint, limits = self.endpoint, self.spec.limits
        self._connections = httpx2.AsyncClient(
            params=dict(endpoint.query),
            **client_settings(endpoint, limits),
        )
        options: Any = {
            **_address(endpoint.url),
            "headers": _headers(endpoint),
            "timeout": int(limits.timeout * 1000),  # in milliseconds: the server is told, too
            "httpx_async_client": self._connections,
            "httpx_client": httpx2.Client(verify=False, trust_env=False),  # never used; the client's own costs 20 ms
        }
        with self.errors.translating(translate):
            self._client = genai.Client(**self._account(), http_options=options)  # it retries when it is told to only
        return self._client

    def _account(self) -> dict[str, Any]:
        """Who calls. All is said, so that nothing comes from the environment that is meant for another endpoint."""
        spec, key = self.spec, self.endpoint.api_key
        if not is_vertex(spec):
            return {"vertexai": False, "api_key": key or "none"}
        if key:  # a key stands for a project
            return {"vertexai": True, "api_key": key}
        location = spec.location or _USUAL_LOCATION
        if spec.project:
            return {"vertexai": True, "project": spec.project, "location": location}
        hint = f"add project: NAME to '{spec.alias}' in promptops.yml, or set GOOGLE_CLOUD_PROJECT"
        raise ProviderError("Vertex needs a project", where=spec.alias, hint=hint)


def _headers(endpoint: Endpoint) -> dict[str, str]:
    """In small letters, as the client writes the one that it adds its own name to."""
    own = {name.lower() for name in endpoint.headers}
    found = {name.lower(): value for name, value in call_headers(endpoint).items()}
    return {name: value for name, value in found.items() if name not in _OF_THE_CLIENT or name in own}


def _address(url: str) -> dict[str, Any]:
    """The client puts a version between the address and the path; one at the address's end takes its place."""
    address = without_user(url)
    if found := _VERSION.search(address):
        return {"base_url": address[: found.start()], "api_version": found[1]}
    return {"base_url": address}


def _arguments(request: Request, spec: ModelSpec) -> dict[str, Any]:
    arguments = vendor_arguments(request, spec)
    # The body as it came: the client's types cost more than the call, and warn of every name that is new to them.
    return {**arguments, "config": {**arguments.get("config", {}), "should_return_http_response": True}}
