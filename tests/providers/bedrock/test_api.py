"""Calls of Bedrock through AWS's own client, against a real server; every way it fails, as one of our errors."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from promptops.errors import ProviderBusyError, ProviderError, QuotaError
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, ToolCall
from promptops.model.config import Config, Limits, ModelSpec, resolve_model
from promptops.model.model_call import Reply, Request, Usage
from promptops.providers.bedrock.api import BedrockProvider
from promptops.providers.endpoint import plain_endpoint, resolve_endpoint
from promptops.providers.registry import missing_key, model_fingerprint, open_provider
from tests.providers.loopback import Behaviour, answer, endless, free_port, reset, serving

CLAUDE = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
TOKEN = "bedrock-api-key-not-a-real-one-0123456789"
SECRET = "not/a/real/secret/access/key/0123456789"
HI = (Message("user", "Hi"),)


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials in the environment, as AWS's library finds them, and nothing of this machine's own."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_BEARER_TOKEN_BEDROCK", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANOTAREALKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def said(*blocks: dict[str, Any], stop: str = "end_turn", **more: Any) -> dict[str, Any]:
    """An answer as the service's model has it."""
    return {
        "output": {"message": {"role": "assistant", "content": list(blocks)}},
        "stopReason": stop,
        "usage": {"inputTokens": 12, "outputTokens": 3, "totalTokens": 15},
        "metrics": {"latencyMs": 5},
        **more,
    }


def refused(code: int, name: str, message: str, **headers: str) -> Behaviour:
    """An error as AWS's services write one: its name is in a header."""
    return answer({"message": message}, code, {"x-amzn-ErrorType": f"{name}:http://internal.amazon.com/", **headers})


def model(url: str, **more: Any) -> ModelSpec:
    limits = Limits(
        timeout=more.pop("timeout", 10.0),
        max_reply_bytes=more.pop("max_reply_bytes", 2**20),
        concurrency=more.pop("concurrency", 8),
    )
    url = url.removesuffix("/v1")
    return ModelSpec("claude", "bedrock", more.pop("model", CLAUDE), url, limits=limits, region="eu-west-1", **more)


def call(spec: ModelSpec, secrets: Mapping[str, str] = {}, messages: tuple[Message, ...] = HI, **more: Any) -> Reply:
    """One call with a provider of its own, as a run opens it."""

    async def one() -> Reply:
        provider = open_provider(spec, secrets, Path(), Path())
        try:
            return await provider.complete(Request(spec, messages, **more))
        finally:
            await provider.close()

    return asyncio.run(one())


def failure(behaviour: Behaviour, **options: Any) -> ProviderError:
    with serving(behaviour) as server, pytest.raises(ProviderError) as caught:
        call(model(server.url, **options), {"AWS_SECRET_ACCESS_KEY": SECRET})
    return caught.value


def test_a_call_sends_what_was_asked_signed_and_reads_what_came() -> None:
    with serving(answer(said({"text": "Hel"}, {"text": "lo."}))) as server:
        reply = call(
            model(server.url, headers={"X-Team": "cake"}, query={"trace": "1"}),
            {},
            (Message("system", "Be short."), Message("user", ("Grüße", Media("image", "image/png", b"\x89PNG")))),
            parameters={"max_tokens": 9, "temperature": 0.2, "extra_body": {"top_k": 3}},
            response_format="json_schema",
            json_schema={"name": "a", "schema": {"type": "object", "additionalProperties": False}},
        )
    (received,) = server.requests
    assert received.path == f"/model/{CLAUDE.replace(':', '%3A')}/converse?trace=1"
    assert received.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIANOTAREALKEY/")
    assert "/eu-west-1/bedrock/aws4_request" in received.headers["authorization"]
    assert received.headers["x-team"] == "cake"
    assert received.body == {
        "messages": [
            {
                "role": "user",
                "content": [{"text": "Grüße"}, {"image": {"format": "png", "source": {"bytes": "iVBORw=="}}}],
            }
        ],
        "system": [{"text": "Be short."}],
        "inferenceConfig": {"maxTokens": 9, "temperature": 0.2},
        "additionalModelRequestFields": {"top_k": 3},
        "outputConfig": {
            "textFormat": {
                "type": "json_schema",
                "structure": {
                    "jsonSchema": {"name": "a", "schema": '{"type": "object", "additionalProperties": false}'}
                },
            }
        },
    }
    assert (reply.text, reply.finish_reason, reply.usage) == ("Hello.", "stop", Usage(12, 3))
    assert reply.latency is not None
    assert 0 < reply.latency < 10


def test_calls_of_tools_and_what_was_thought() -> None:
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
    messages = (
        *HI,
        Message("assistant", "", (ToolCall("add", '{"a": 1}', "c1"),)),
        Message("tool", "2", tool_call_id="c1"),
    )
    blocks = (
        {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "AAAA"}}},
        {"text": "Let me see."},
        {"toolUse": {"toolUseId": "x1", "name": "add", "input": {"a": "ü"}}},
        {"toolUse": {"toolUseId": "x2", "name": "now", "input": {}}},
    )
    with serving(answer(said(*blocks, stop="tool_use"))) as server:
        reply = call(model(server.url), messages=messages, tools=(tool,), parameters={"tool_choice": "required"})
    body = server.requests[0].body
    assert body["messages"][1:] == [
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "c1", "name": "add", "input": {"a": 1}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "c1", "content": [{"text": "2"}]}}]},
    ]
    assert body["toolConfig"] == {
        "tools": [{"toolSpec": {"name": "add", "inputSchema": {"json": {"type": "object"}}}}],
        "toolChoice": {"any": {}},
    }
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("Let me see.", "Hm.", "tool_calls")
    assert [(each.id, each.name, each.arguments) for each in reply.tool_calls] == [
        ("x1", "add", '{"a": "ü"}'),
        ("x2", "now", "{}"),
    ]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"inputTokens": 10, "outputTokens": 2, "cacheReadInputTokens": 1000}, Usage(1010, 2, None, 1000)),
        ({"inputTokens": 10, "outputTokens": 2, "cacheWriteInputTokens": 1000}, Usage(1010, 2, None, None, 1000)),
        ({}, Usage()),
    ],
)
def test_what_was_remembered_is_input_too(usage: dict[str, int], expected: Usage) -> None:
    with serving(answer(said({"text": "Hi"}, usage=usage))) as server:
        found = call(model(server.url)).usage
    assert found == expected


@pytest.mark.parametrize("variable", ["AWS_BEARER_TOKEN_BEDROCK", "GATEWAY_TOKEN"])
def test_a_bearer_token_takes_the_place_of_credentials(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    named = {} if variable.startswith("AWS") else {"api_key_env": variable}
    with serving(answer(said({"text": f"You sent {TOKEN}"}))) as server:
        reply = call(model(server.url, **named), {variable: TOKEN})
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert reply.text == "You sent [key]"


def test_no_credentials_and_no_region_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProviderError, match="its region") as caught:
        call(ModelSpec("claude", "bedrock", CLAUDE))
    assert "region: NAME" in caught.value.hint
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(ProviderError, match="no credentials") as caught:
        call(model("https://bedrock.example"))
    assert "AWS_PROFILE" in caught.value.hint


def test_the_address_is_the_regions() -> None:
    def address(region: str, variables: Mapping[str, str] = {}) -> str:
        return resolve_endpoint(ModelSpec("claude", "bedrock", CLAUDE, region=region), variables).url

    assert address("eu-west-1") == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert address("cn-north-1") == "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"
    assert address("", {"AWS_REGION": "us-east-2"}) == "https://bedrock-runtime.us-east-2.amazonaws.com"
    assert address("", {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "https://vpce.example"}) == "https://vpce.example"
    spec = resolve_model(Config(), f"bedrock/{CLAUDE}")
    assert (spec.provider, spec.model) == ("bedrock", CLAUDE)
    assert missing_key(spec, {}) == ""
    assert model_fingerprint(spec, Path(), Path()) == "https://bedrock-runtime.amazonaws.com"


@pytest.mark.parametrize(
    ("behaviour", "kind", "words"),
    [
        (refused(429, "ThrottlingException", "Too many requests."), ProviderBusyError, "Too many requests."),
        (refused(503, "ServiceUnavailableException", "Down."), ProviderBusyError, "Down."),
        (refused(429, "ModelNotReadyException", "Not ready."), ProviderBusyError, "Not ready."),
        (refused(408, "ModelTimeoutException", "Late."), ProviderBusyError, "Late."),
        (refused(500, "InternalServerException", "Odd."), ProviderBusyError, "Odd."),
        (refused(424, "ModelErrorException", "The model failed."), ProviderBusyError, "The model failed."),
        (refused(400, "ValidationException", "Malformed."), ProviderError, "Malformed."),
        (refused(403, "AccessDeniedException", "No access."), ProviderError, "No access."),
        (refused(404, "ResourceNotFoundException", "No such model."), ProviderError, "No such model."),
        (refused(429, "ThrottlingException", "Too many tokens per day, please wait."), QuotaError, "per day"),
        (answer("<html>Bad gateway</html>", 502), ProviderBusyError, "502"),
        (answer({"message": "No name."}, 400), ProviderError, "No name."),
        (answer("<html>It works.</html>"), ProviderError, "not JSON"),
        (answer("{}"), ProviderError, "without a message"),
        (answer('{"output": {'), ProviderBusyError, "broken off"),
        (answer(""), ProviderBusyError, "empty"),
        (answer("[]"), ProviderError, "a JSON list"),
        (answer("[]", 400), ProviderError, "400"),
        (answer('"text"', 500), ProviderBusyError, "500"),
        (answer("", 302, {"Location": "http://127.0.0.1:1/"}), ProviderError, "302"),
        (answer({"output": {"message": {"role": "assistant"}}}), ProviderError, "without a message"),
        (answer(said(stop="guardrail_intervened")), ProviderError, "content_filter"),
        (answer(said(stop="max_tokens")), ProviderError, "length"),
        (answer(said({"text": "x"}, stop="malformed_tool_use")), ProviderError, "malformed_tool_use"),
        (answer(said({"toolUse": {"toolUseId": "x"}}, stop="tool_use")), ProviderError, "without a name"),
        (reset(), ProviderBusyError, "failed"),
        (reset(b""), ProviderBusyError, "failed"),
        (endless(head=b'{"x": "'), ProviderError, "longer than"),
        (endless(500), ProviderBusyError, "500"),
    ],
)
def test_each_failure_is_one_of_ours(behaviour: Behaviour, kind: type[ProviderError], words: str) -> None:
    error = failure(behaviour)
    assert type(error) is kind, error
    assert words in str(error)
    assert error.where == "claude"


def test_what_helps_is_said() -> None:
    busy = failure(refused(429, "ThrottlingException", "Slow down.", **{"Retry-After": "7"}))
    assert isinstance(busy, ProviderBusyError)
    assert (busy.retry_after, busy.rate_limited) == (7.0, True)
    on_demand = "Invocation of model ID x with on-demand throughput isn’t supported."
    assert "inference profile" in failure(refused(400, "ValidationException", on_demand)).hint
    assert "context" in failure(refused(400, "ValidationException", "Input is too long for requested model.")).hint
    assert "Bedrock's console" in failure(refused(403, "AccessDeniedException", "No.")).hint
    assert SECRET not in str(failure(refused(400, "ValidationException", f"You signed with {SECRET}.")))


def test_a_drip_meets_the_deadline_and_nothing_is_called_twice() -> None:
    gave_up = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
        try:
            while not gave_up.wait(0.02):
                connection.sendall(b" ")
        except OSError:
            gave_up.set()

    with serving(drip) as server:
        with pytest.raises(ProviderBusyError, match=r"within 0\.4 s"):
            call(model(server.url, timeout=0.4))
        thread_ended = gave_up.wait(4)
        gave_up.set()
    assert thread_ended
    with serving(refused(503, "ServiceUnavailableException", "Busy.")) as server, pytest.raises(ProviderBusyError):
        call(model(server.url))
    assert len(server.requests) == 1


def test_nobody_there_and_no_proxy_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ProviderBusyError, match="nothing listens"):
        call(model(f"http://127.0.0.1:{free_port()}"))
    with serving(answer(said({"text": "Hi"}))) as server:
        assert call(model(server.url)).text == "Hi"


def test_what_bedrock_has_no_place_for_is_told_before_any_call() -> None:
    with serving(answer(said({"text": "Hi"}))) as server:
        for parameters, words in (({"seed": 7}, "seed"), ({"temperature": "hot"}, "temperature")):
            with pytest.raises(ProviderError, match=words) as caught:
                call(model(server.url), parameters=parameters)
            assert caught.value.hint
    assert not server.requests


def test_as_many_calls_fly_at_once_as_may_on_connections_that_are_kept() -> None:
    everybody = threading.Barrier(20, timeout=30)

    def together(connection: socket.socket) -> None:
        everybody.wait()
        answer(said({"text": "Hi"}))(connection)

    with serving(together) as server:
        spec = model(server.url, timeout=60.0, concurrency=20)

        async def calls() -> list[Reply]:
            provider = BedrockProvider(spec, plain_endpoint(spec))
            try:
                requests = (provider.complete(Request(spec, HI)) for _ in range(40))
                return await asyncio.gather(*requests)
            finally:
                await provider.close()

        assert len(asyncio.run(calls())) == 40
        assert server.connections == 20


def test_the_client_is_loaded_where_a_call_is_made_and_no_sooner() -> None:
    code = "import sys, promptops.providers.bedrock.api; print([m for m in sys.modules if m.startswith('boto')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
