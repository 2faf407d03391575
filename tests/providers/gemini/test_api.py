"""Calls of Gemini through Google's own client, against a real server; every way it fails, as one of our errors."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_httpserver import HTTPServer

from promptops.errors import ProviderBusyError, ProviderError, QuotaError
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, ToolCall
from promptops.model.config import Limits, ModelSpec
from promptops.model.model_call import Reply, Request, Usage
from promptops.providers.endpoint import resolve_endpoint
from promptops.providers.gemini.api import GeminiProvider
from promptops.providers.registry import missing_key, model_fingerprint, open_provider
from tests.providers.loopback import Behaviour, Loopback, answer, drip, endless, free_port, reset, serving

KEY = "AIza-not-a-real-key-0123456789"
HI = (Message("user", "Hi"),)


def content(*parts: dict[str, Any], finish: str = "STOP", **more: Any) -> dict[str, Any]:
    """An answer as Google's API documents it."""
    return {
        "candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": finish, "index": 0}],
        "usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 3, "totalTokenCount": 15},
        "modelVersion": "gemini-3.5-flash-001",
        "responseId": "r1",
        **more,
    }


def status(code: int, name: str, message: str, *details: dict[str, Any]) -> Behaviour:
    """An error as Google's APIs write one."""
    return answer({"error": {"code": code, "status": name, "message": message, "details": list(details)}}, code)


def model(url: str, **more: Any) -> ModelSpec:
    limits = Limits(timeout=more.pop("timeout", 10.0), max_reply_bytes=more.pop("max_reply_bytes", 2**20))
    return ModelSpec("flash", "gemini", more.pop("model", "gemini-3.5-flash"), url, limits=limits, **more)


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
        call(model(server.url, **options), {"GEMINI_API_KEY": KEY})
    return caught.value


def at_root(server: Loopback) -> str:
    return server.url.removesuffix("/v1")


def test_a_call_sends_what_was_asked_and_reads_what_came() -> None:
    with serving(answer(content({"text": "Hel"}, {"text": "lo."}))) as server:
        spec = model(at_root(server), headers={"X-Team": "cake"}, query={"trace": "1"})
        reply = call(
            spec,
            {"GEMINI_API_KEY": KEY},
            (Message("system", "Be short."), Message("user", ("Grüße", Media("image", "image/png", b"\x89PNG")))),
            parameters={"max_tokens": 9, "temperature": 0.2},
            response_format="json_schema",
            json_schema={"name": "a", "schema": {"type": "object"}},
        )
    (received,) = server.requests
    assert received.path == "/v1/models/gemini-3.5-flash:generateContent?trace=1"
    assert received.headers["x-goog-api-key"] == KEY
    assert received.headers["x-team"] == "cake"
    assert "authorization" not in received.headers
    assert "promptops/" in received.headers["user-agent"]
    assert received.body == {
        "contents": [
            {
                "role": "user",
                "parts": [{"text": "Grüße"}, {"inlineData": {"mime_type": "image/png", "data": "iVBORw=="}}],
            }
        ],
        "systemInstruction": {"role": "user", "parts": [{"text": "Be short."}]},
        "generationConfig": {
            "temperature": 0.2,
            "maxOutputTokens": 9,
            "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "object"},
        },
    }
    assert (reply.text, reply.finish_reason, reply.model) == ("Hello.", "stop", "gemini-3.5-flash-001")
    assert reply.usage == Usage(12, 3)
    assert reply.latency is not None
    assert 0 < reply.latency < 10


def test_tools_calls_and_results_are_as_the_api_names_them() -> None:
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {"a": {}}}}}
    messages = (
        *HI,
        Message("assistant", "", (ToolCall("add", '{"a": 1}', "c1"),)),
        Message("tool", "2", tool_call_id="c1"),
    )
    called = {"functionCall": {"id": "x1", "name": "add", "args": {"a": "ü"}}, "thoughtSignature": "AAAA"}
    with serving(answer(content({"text": "Let me see."}, called, {"functionCall": {"name": "now"}}))) as server:
        reply = call(
            model(at_root(server)),
            messages=messages,
            tools=(tool,),
            parameters={"tool_choice": "required", "reasoning_effort": "low", "extra_body": {"labels": {"a": "b"}}},
        )
    body = server.requests[0].body
    # The signature is bytes, and so in base64 here.
    signed = body["contents"][1]["parts"][0].pop("thoughtSignature")
    assert signed == "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
    assert body["contents"][1:] == [
        {"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "add", "args": {"a": 1}}}]},
        {"role": "user", "parts": [{"functionResponse": {"id": "c1", "name": "add", "response": {"output": "2"}}}]},
    ]
    assert body["tools"] == [
        # The client leaves this name as it is; the API takes both spellings.
        {"functionDeclarations": [{"name": "add", "parameters_json_schema": tool["function"]["parameters"]}]}  # type: ignore[index]
    ]
    assert body["toolConfig"] == {"functionCallingConfig": {"mode": "ANY"}}
    assert body["generationConfig"] == {"thinkingConfig": {"thinking_level": "LOW"}}
    assert body["labels"] == {"a": "b"}
    assert (reply.text, reply.finish_reason) == ("Let me see.", "tool_calls")
    assert [(each.id, each.name, each.arguments) for each in reply.tool_calls] == [
        ("x1", "add", '{"a": "ü"}'),
        ("", "now", "{}"),
    ]


def test_what_was_thought_stands_apart_and_is_paid_as_output() -> None:
    usage = {
        "promptTokenCount": 100, "cachedContentTokenCount": 64, "candidatesTokenCount": 3, "thoughtsTokenCount": 40,
        "toolUsePromptTokenCount": 5, "totalTokenCount": 148,
    }  # fmt: skip
    body = content({"text": "Hm.", "thought": True}, {"text": "Yes."}, usageMetadata=usage)
    with serving(answer(body)) as server:
        reply = call(model(server.url))
    assert (reply.text, reply.reasoning) == ("Yes.", "Hm.")
    assert reply.usage == Usage(105, 43, 40, 64)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, Usage()),
        ({}, Usage()),
        ({"promptTokenCount": "12"}, Usage()),
        ({"promptTokenCount": 12}, Usage(12)),
        ({"promptTokenCount": 12, "totalTokenCount": 12}, Usage(12, 0)),
        ({"promptTokenCount": 12, "candidatesTokenCount": 1, "cachedContentTokenCount": 13}, Usage(12, 1)),
    ],
)
def test_usage_that_is_not_counted_is_unknown(usage: object, expected: Usage) -> None:
    with serving(answer(content({"text": "Hi"}, usageMetadata=usage))) as server:
        assert call(model(server.url)).usage == expected


@pytest.mark.parametrize(
    ("end", "path"),
    [("", "/v1/models/"), ("/v1beta", "/v1beta/models/"), ("/google/v1alpha", "/google/v1alpha/models/")],
)
def test_a_version_at_the_addresss_end_is_the_apis(end: str, path: str) -> None:
    with serving(answer(content({"text": "Hi"}))) as server:
        call(model(at_root(server) + end))
    assert server.requests[0].path.startswith(path)


@pytest.mark.parametrize(
    ("secrets", "key"),
    [
        ({"GEMINI_API_KEY": KEY}, KEY),
        ({"GEMINI_API_KEY": "AIza-another-key-9876543210", "GOOGLE_API_KEY": KEY}, KEY),  # as the client has it
        ({"GOOGLE_API_KEY": " "}, "none"),
    ],
)
def test_the_key_is_where_the_client_looks_for_it(secrets: Mapping[str, str], key: str) -> None:
    with serving(answer(content({"text": "Hi"}))) as server:
        call(model(server.url), secrets)
    assert server.requests[0].headers["x-goog-api-key"] == key


def test_a_missing_key_is_told_before_any_call() -> None:
    spec = ModelSpec("flash", "gemini", "gemini-3.5-flash")
    with pytest.raises(ProviderError, match="GEMINI_API_KEY is not set"):
        open_provider(spec, {}, Path(), Path())
    assert missing_key(spec, {}) == "GEMINI_API_KEY"
    assert missing_key(spec, {"GOOGLE_API_KEY": KEY}) == ""
    assert missing_key(ModelSpec("v", "gemini", "gemini-3.5-flash", project="p"), {}) == ""
    assert model_fingerprint(spec, Path(), Path()) == "https://generativelanguage.googleapis.com"


def test_nothing_of_the_environment_goes_to_another_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "AIza-of-the-environment-1234567")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "somebody")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with serving(answer(content({"text": "Hi"}))) as server:
        call(model(server.url))
    assert "AIza-of-the-environment" not in str(server.requests[0])
    assert server.requests[0].path.startswith("/v1/models/")


@pytest.fixture
def service_account(tmp_path: Path) -> dict[str, Any]:
    """A file of credentials as Google Cloud's console writes it, with a key of the test's own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return {"type": "service_account", "client_email": "a@p.example", "private_key": text, "project_id": "p"}


@pytest.fixture
def credentials(
    service_account: dict[str, Any], httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> HTTPServer:
    """Who gives tokens for these credentials, which Google's library finds in the environment."""
    file = tmp_path / "key.json"
    file.write_text(json.dumps({**service_account, "token_uri": httpserver.url_for("/token")}), "utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    return httpserver


def test_vertex_is_called_in_the_project_with_googles_credentials(credentials: HTTPServer) -> None:
    token = {"access_token": "ya29.not-a-real-token", "expires_in": 3600, "token_type": "Bearer"}
    credentials.expect_request("/token", method="POST").respond_with_json(token)
    with serving(answer(content({"text": "Hi"}))) as server:
        reply = call(model(at_root(server), project="acme", location="europe-west4"))
    (received,) = server.requests
    expected = "/v1beta1/projects/acme/locations/europe-west4/publishers/google/models/gemini-3.5-flash:generateContent"
    assert received.path == expected
    assert received.headers["authorization"] == "Bearer ya29.not-a-real-token"
    assert "x-goog-api-key" not in received.headers
    assert reply.text == "Hi"


def test_credentials_that_do_not_work_say_what_to_do(credentials: HTTPServer) -> None:
    refusal = {"error": "invalid_grant", "error_description": "Invalid JWT."}
    credentials.expect_request("/token", method="POST").respond_with_json(refusal, status=400)
    with pytest.raises(ProviderError, match=r"do not work: .*Invalid JWT") as caught:
        call(model(credentials.url_for(""), project="acme", timeout=20.0))
    assert type(caught.value) is ProviderError
    assert "gcloud auth application-default login" in caught.value.hint


def test_vertex_has_an_address_for_each_location() -> None:
    def address(**more: str) -> str:
        spec = ModelSpec("v", "gemini", "gemini-3.5-flash", **more)  # type: ignore[arg-type]
        return resolve_endpoint(spec, {}).url

    assert address(project="p") == "https://aiplatform.googleapis.com"
    assert address(project="p", location="eu") == "https://aiplatform.eu.rep.googleapis.com"
    assert address(project="p", location="europe-west4") == "https://europe-west4-aiplatform.googleapis.com"


def test_vertex_without_a_project_says_where_to_write_it() -> None:
    with pytest.raises(ProviderError, match="needs a project") as caught:
        call(model(f"http://127.0.0.1:{free_port()}", location="global"))
    assert "GOOGLE_CLOUD_PROJECT" in caught.value.hint


@pytest.mark.parametrize(
    ("behaviour", "kind", "said"),
    [
        (status(429, "RESOURCE_EXHAUSTED", "Too many requests."), ProviderBusyError, "Too many requests."),
        (status(503, "UNAVAILABLE", "The model is overloaded."), ProviderBusyError, "overloaded"),
        (status(500, "INTERNAL", "An internal error."), ProviderBusyError, "internal"),
        (status(504, "DEADLINE_EXCEEDED", "Late."), ProviderBusyError, "Late"),
        (status(400, "INVALID_ARGUMENT", "No such field."), ProviderError, "No such field."),
        (status(404, "NOT_FOUND", "models/x is not found."), ProviderError, "not found"),
        (status(403, "PERMISSION_DENIED", "Denied."), ProviderError, "Denied"),
        (answer("<html>Bad gateway</html>", 502), ProviderBusyError, "Bad gateway"),
        (answer([{"error": {"code": 400, "message": "In a list.", "status": "X"}}], 400), ProviderError, "In a list."),
        (answer('"text"', 400), ProviderError, "answered 400"),
        (answer("", 302, {"Location": "http://127.0.0.1:1/"}), ProviderError, "answered 302"),
        (answer("<html>It works.</html>"), ProviderError, "not JSON"),
        (answer("{}"), ProviderError, "without candidates"),
        (answer("[]"), ProviderError, "a JSON list"),
        (answer('{"candidates": ['), ProviderBusyError, "broken off"),
        (answer(""), ProviderBusyError, "empty"),
        (answer({"candidates": []}), ProviderError, "without candidates"),
        (answer({"error": {"code": 503, "message": "Inside."}}), ProviderBusyError, "Inside."),
        (answer({"promptFeedback": {"blockReason": "SAFETY"}}), ProviderError, "blocked (SAFETY)"),
        (answer(content(finish="SAFETY")), ProviderError, "content_filter"),
        (answer(content(finish="MAX_TOKENS")), ProviderError, "length"),
        (answer(content(finish="MALFORMED_FUNCTION_CALL")), ProviderError, "malformed_function_call"),
        (answer({"candidates": [{"finishReason": "OTHER", "finishMessage": "Odd."}]}), ProviderError, "Odd."),
        (answer(content({"functionCall": {"args": {}}})), ProviderError, "without a name"),
        (answer(content({"text": "Hm.", "thought": True}, finish="MAX_TOKENS")), ProviderError, "only thinking"),
        (reset(), ProviderBusyError, "failed"),
        (endless(head=b'{"x": "'), ProviderError, "longer than"),
    ],
)
def test_each_failure_is_one_of_ours(behaviour: Behaviour, kind: type[ProviderError], said: str) -> None:
    error = failure(behaviour)
    assert type(error) is kind
    assert said in str(error)
    assert error.where == "flash"


def test_too_many_calls_are_told_from_a_quota_that_is_used_up() -> None:
    delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s"}
    a_minute = {"violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]}
    busy = failure(status(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", a_minute, delay))
    assert isinstance(busy, ProviderBusyError)
    assert (busy.retry_after, busy.rate_limited) == (34.07, True)
    a_day = {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}
    assert type(failure(status(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", a_day, delay))) is QuotaError
    unpaid = {"reason": "BILLING_DISABLED", "domain": "googleapis.com"}
    assert type(failure(status(403, "PERMISSION_DENIED", "Billing is off.", unpaid))) is QuotaError


def test_a_wrong_key_is_told_as_one_and_never_shown() -> None:
    wrong = {"reason": "API_KEY_INVALID", "domain": "googleapis.com"}
    error = failure(status(400, "INVALID_ARGUMENT", f"API key {KEY} is not valid.", wrong))
    assert "GEMINI_API_KEY is wrong" in error.hint
    assert KEY not in error.with_hint
    with serving(answer(content({"text": f"You sent {KEY}"}))) as server:
        assert call(model(server.url), {"GEMINI_API_KEY": KEY}).text == "You sent [key]"


def test_a_drip_meets_the_deadline_and_nothing_is_called_twice() -> None:
    with serving(drip(6.0)) as server, pytest.raises(ProviderBusyError, match=r"within 0\.4 s"):
        call(model(server.url, timeout=0.4))
    with serving(status(503, "UNAVAILABLE", "Busy.")) as server, pytest.raises(ProviderBusyError):
        call(model(server.url))
    assert len(server.requests) == 1


def test_nobody_there() -> None:
    with pytest.raises(ProviderBusyError, match="nothing listens"):
        call(model(f"http://127.0.0.1:{free_port()}"))


def test_what_gemini_has_no_place_for_is_told_before_any_call() -> None:
    with serving(answer(content({"text": "Hi"}))) as server:
        for parameters, said in (({"logit_bias": {}}, "logit_bias"), ({"temperature": "hot"}, "temperature")):
            with pytest.raises(ProviderError, match=said) as caught:
                call(model(server.url), parameters=parameters)
            assert caught.value.hint
    assert not server.requests


def test_as_many_calls_fly_at_once_as_are_made() -> None:
    everybody = threading.Barrier(40, timeout=30)

    def together(connection: socket.socket) -> None:
        everybody.wait()
        answer(content({"text": "Hi"}))(connection)

    with serving(together) as server:
        spec = model(server.url, timeout=60.0)

        async def calls() -> list[Reply]:
            provider = GeminiProvider(spec)
            try:
                return await asyncio.gather(*(provider.complete(Request(spec, HI)) for _ in range(40)))
            finally:
                await provider.close()

        assert {reply.text for reply in asyncio.run(calls())} == {"Hi"}


def test_the_client_is_loaded_where_a_call_is_made_and_no_sooner() -> None:
    code = "import sys, promptops.providers.gemini.api; print([m for m in sys.modules if m.startswith('google')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
