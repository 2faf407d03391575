"""What the suites of a command share of their models: limits by endpoint and model, one open provider each."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from promptops.evals.engine.endpoints import Endpoints
from promptops.model.config import Limits, ModelSpec
from promptops.model.model_call import Reply, Request
from promptops.providers.scripted import ScriptedProvider

SPEC = ModelSpec("small", "openai", "m-1", "https://api.example.com/v1", "KEY", limits=Limits(concurrency=8))


def endpoints(opened: list[ModelSpec] | None = None) -> Endpoints:
    def open_provider(spec: ModelSpec) -> ScriptedProvider:
        if opened is not None:
            opened.append(spec)
        return ScriptedProvider(lambda request: Reply("x"))

    return Endpoints(open_provider)


def test_two_aliases_of_one_model_share_the_stricter_of_each_limit() -> None:
    shared = endpoints()
    first = shared.limit(SPEC)
    twin = replace(SPEC, alias="twin", limits=Limits(concurrency=3, requests_per_minute=50))
    assert shared.limit(twin) is first
    assert shared.limit(replace(SPEC, alias="third", limits=Limits(concurrency=5, requests_per_minute=90))) is first
    assert (first.slots.width, first.per_minute) == (3, 50)
    assert shared.limit(replace(SPEC, model="m-2")) is not first


def test_the_pace_is_one_endpoint_s_whatever_models_are_asked_there() -> None:
    shared = endpoints()
    assert shared.gate(SPEC) is shared.gate(replace(SPEC, model="m-2"))
    assert shared.gate(SPEC) is not shared.gate(replace(SPEC, api_key_env="OTHER"))


def test_a_model_is_opened_once_and_closed_at_the_end() -> None:
    opened: list[ModelSpec] = []
    shared = endpoints(opened)

    async def asked() -> list[ScriptedProvider]:
        found = [shared.provider(spec) for spec in (SPEC, SPEC, replace(SPEC, alias="twin"))]
        await found[0].complete(Request(SPEC, ()))
        await shared.close()
        return found  # type: ignore[return-value]  # they are

    found = asyncio.run(asked())
    assert opened == [SPEC, replace(SPEC, alias="twin")]
    assert found[0] is found[1]
    assert all(provider.closed for provider in found)
