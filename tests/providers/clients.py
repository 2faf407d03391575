"""One call to an address, with a provider of its own: the client is the one that the fixture `both_clients` names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from promptops.errors import ProviderError
from promptops.model.config import ModelSpec
from promptops.model.model_call import Reply
from promptops.providers.endpoint import plain_endpoint
from promptops.providers.openai.chat_completions import ChatCompletionsProvider
from promptops.providers.openai.official_client import OpenAIProvider
from promptops.text.key_mask import NO_KEYS, KeyMask

from .loopback import Behaviour, request_for, serving, spec_for

Client = ChatCompletionsProvider | OpenAIProvider
in_use: Callable[..., Client] = ChatCompletionsProvider


def opened(
    spec: ModelSpec,
    key: str = "",
    others: KeyMask = NO_KEYS,
    *,
    headers: Mapping[str, str] = {},
    query: Mapping[str, str] = {},
) -> Client:
    """A provider; nothing is called yet."""
    return in_use(spec, plain_endpoint(spec, key)._replace(headers=headers, query=query), others)


def ask(
    url: str,
    *,
    key: str = "",
    timeout: float = 10.0,
    env: str = "",
    max_reply_bytes: int = 8 * 2**20,
    headers: Mapping[str, str] = {},
    query: Mapping[str, str] = {},
    extra_body: Mapping[str, Any] = {},
    others: KeyMask = NO_KEYS,
    **request: Any,
) -> Reply:
    """One call with a provider of its own."""
    limits = spec_for(url, timeout=timeout, max_reply_bytes=max_reply_bytes).limits
    spec = ModelSpec("small", "openai", "m", url, env, limits=limits, extra_body=extra_body)

    async def call() -> Reply:
        provider = opened(spec, key, others, headers=headers, query=query)
        try:
            return await provider.complete(request_for(spec, **request))
        finally:
            await provider.close()

    return asyncio.run(call())


def failure(behaviour: Behaviour, **options: Any) -> ProviderError:
    """The error a behaviour leads to."""
    with serving(behaviour) as server, pytest.raises(ProviderError) as caught:
        ask(server.url, **options)
    return caught.value
