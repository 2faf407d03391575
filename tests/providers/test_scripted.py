"""The provider for tests does what its script says, and tells what it saw."""

from __future__ import annotations

import asyncio

import pytest

from promptops.errors import ProviderBusyError, ProviderError
from promptops.model.model_call import Provider, Reply
from promptops.providers.scripted import ScriptedProvider

from .loopback import request_for, spec_for

SPEC = spec_for("http://127.0.0.1:1/v1")


def test_a_list_is_used_up_in_order_and_errors_are_raised() -> None:
    provider: Provider = ScriptedProvider(["a", ProviderBusyError("full", retry_after=1), Reply("b")])

    async def calls() -> list[str]:
        first = await provider.complete(request_for(SPEC))
        with pytest.raises(ProviderBusyError):
            await provider.complete(request_for(SPEC))
        second = await provider.complete(request_for(SPEC))
        with pytest.raises(ProviderError, match="3 answers; this is call 4"):
            await provider.complete(request_for(SPEC))
        return [first.text, second.text]

    assert asyncio.run(calls()) == ["a", "b"]


def test_a_function_sees_the_request_and_calls_are_counted() -> None:
    provider = ScriptedProvider(lambda request: request.messages[0].text.upper(), delay=0.01)

    async def calls() -> list[Reply]:
        found = await asyncio.gather(*(provider.complete(request_for(SPEC, text)) for text in "abc"))
        await provider.close()
        return found

    assert [reply.text for reply in asyncio.run(calls())] == ["A", "B", "C"]
    assert (provider.calls, provider.most_in_flight, provider.closed) == (3, 3, True)
