"""What settings say and what a reply means is the same at every vendor, called with its own client."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from promptops.errors import ProviderBusyError, ProviderError
from promptops.model.chat.message import Message
from promptops.model.config import EnvironmentValue, Limits, ModelSpec
from promptops.model.model_call import Reply, Request, Usage
from promptops.providers.registry import open_provider
from tests.providers.loopback import CERTIFICATE, Received, answer, drip, endless, free_port, serving

TOKEN = "gateway-token-0123456789"
CALL = {"name": "add", "arguments": {"a": 1}}
TEXT = f"You sent {TOKEN}."
ANSWERS: dict[str, dict[str, Any]] = {
    "openai": {
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls",
                "message": {
                    "role": "assistant",
                    "content": TEXT,
                    "reasoning_content": "Hm.",
                    "tool_calls": [
                        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
                    ],
                },
            }
        ],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "prompt_tokens_details": {"cached_tokens": 40},
        },
    },
    "anthropic": {
        "model": "m",
        "content": [
            {"type": "thinking", "thinking": "Hm."},
            {"type": "text", "text": TEXT},
            {"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 60, "cache_read_input_tokens": 40, "output_tokens": 50},
    },
    "gemini": {
        "candidates": [
            {
                "content": {
                    "role": "model",
                    "parts": [
                        {"text": "Hm.", "thought": True},
                        {"text": TEXT},
                        {"functionCall": {"id": "c1", "name": "add", "args": {"a": 1}}},
                    ],
                },
                "finishReason": "STOP",
            }
        ],
        "usageMetadata": {"promptTokenCount": 100, "cachedContentTokenCount": 40, "candidatesTokenCount": 50},
    },
    "bedrock": {
        "output": {
            "message": {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "Hm."}}},
                    {"text": TEXT},
                    {"toolUse": {"toolUseId": "c1", "name": "add", "input": {"a": 1}}},
                ],
            }
        },
        "stopReason": "tool_use",
        "usage": {"inputTokens": 60, "cacheReadInputTokens": 40, "outputTokens": 50, "totalTokens": 150},
    },
}
VENDORS = ["openai", "azure", "anthropic", "gemini", "bedrock"]
pytestmark = pytest.mark.parametrize("provider", VENDORS)


def body_of(provider: str) -> dict[str, Any]:
    return ANSWERS["openai" if provider == "azure" else provider]


def ask(provider: str, url: str, limits: dict[str, Any] | None = None, **settings: Any) -> Reply:
    base = url.removesuffix("/v1") if provider not in ("openai",) else url
    spec = ModelSpec("it", provider, "m", base, region="eu-west-1", limits=Limits(**(limits or {})), **settings)

    async def call() -> Reply:
        opened = open_provider(spec, {"GATEWAY_TOKEN": TOKEN}, Path(), Path())
        try:
            return await opened.complete(Request(spec, (Message("user", "Hi"),)))
        finally:
            await opened.close()

    return asyncio.run(call())


def received(provider: str, **settings: Any) -> tuple[Received, Reply]:
    with serving(answer(body_of(provider))) as server:
        reply = ask(provider, server.url, **settings)
        (one,) = server.requests
    return one, reply


OWN = {"Authorization": EnvironmentValue("GATEWAY_TOKEN"), "X-Team": "search"}


def test_headers_and_query_are_those_of_the_settings(provider: str) -> None:
    one, _ = received(provider, headers=OWN, query={"route": "eu", "token": EnvironmentValue("GATEWAY_TOKEN")})
    assert one.headers["authorization"] == TOKEN
    assert one.headers["x-team"] == "search"
    assert one.path.partition("?")[2] == f"route=eu&token={TOKEN}"
    assert "promptops/" in one.headers["user-agent"]


def test_a_reply_means_the_same(provider: str) -> None:
    _, reply = received(provider, headers=OWN)
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("You sent [key].", "Hm.", "tool_calls")
    assert reply.usage == Usage(100, 50, None, 40)
    assert [(call.id, call.name, json.loads(call.arguments)) for call in reply.tool_calls] == [("c1", "add", {"a": 1})]


def test_a_body_is_no_header_of_the_settings(provider: str) -> None:
    one, reply = received(provider, headers={**OWN, "Content-Length": "3", "Content-Type": "text/plain"})
    assert one.headers["content-type"] == "application/json"
    assert reply.text


def test_a_server_on_this_machine_needs_no_key(provider: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    one, reply = received(provider)
    assert "authorization" not in one.headers
    assert reply.finish_reason == "tool_calls"


def test_limits_hold(provider: str) -> None:
    with serving(drip(5)) as server, pytest.raises(ProviderBusyError, match=r"no whole answer within 0\.4 s"):
        ask(provider, server.url, {"timeout": 0.4}, headers=OWN)
    with serving(endless()) as server, pytest.raises(ProviderError, match="longer than 100,000 bytes"):
        ask(provider, server.url, {"max_reply_bytes": 100_000}, headers=OWN)


def test_no_proxy_is_asked_for_this_machine_and_nobody_there_is_told(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ProviderBusyError, match=f"nothing listens at {url}"):
        ask(provider, url, headers=OWN)


def test_the_certificates_that_ssl_cert_file_names_are_trusted(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)  # it is AWS's own, and comes first there
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with serving(answer(body_of(provider)), tls=True) as server:
        assert ask(provider, server.url, headers=OWN).finish_reason == "tool_calls"
