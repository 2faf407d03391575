"""A call of Anthropic's client and its reply, against a server that speaks the Messages interface and misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import anthropic
import httpx2
import pytest

from promptops.errors import ProviderBusyError, ProviderError, QuotaError
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, ToolCall
from promptops.model.config import EnvironmentValue, Limits, ModelSpec
from promptops.model.model_call import Reply, Request, Usage
from promptops.model.requests.anthropic_messages import anthropic_arguments
from promptops.providers.anthropic.api import AnthropicProvider
from promptops.providers.endpoint import resolve_endpoint
from promptops.providers.openai_errors import ErrorTranslator
from promptops.providers.registry import open_provider
from tests.providers.loopback import Behaviour, answer, drip, endless, free_port, reset, serving

KEY = "sk-ant-not-a-real-key-0123456789"
VARIABLES = {"ANTHROPIC_API_KEY": KEY, "TEAM_TOKEN": "team-token-0123456789"}
USER = Message("user", "Grüße")
TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}


def message(*blocks: dict[str, Any], stop: str = "end_turn", **more: Any) -> dict[str, Any]:
    """An answer as the interface documents it."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": list(blocks),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": 3},
        **more,
    }


def said(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def failed(status: int, kind: str, text: str, headers: Mapping[str, str] | None = None, **more: Any) -> Behaviour:
    error = {"type": kind, "message": text, **more}
    return answer({"type": "error", "error": error, "request_id": "req_1"}, status, headers)


def ask(
    url: str,
    *messages: Message,
    limits: Mapping[str, Any] = {},
    settings: Mapping[str, Any] = {},
    variables: Mapping[str, str] = VARIABLES,
    **request: Any,
) -> Reply:
    """One call with a provider of its own; the client adds /v1 by itself."""
    base = url.removesuffix("/v1")
    spec = ModelSpec(
        "claude", "anthropic", "claude-opus-5-5", base, limits=Limits(**{"timeout": 10.0, **limits}), **settings
    )

    async def call() -> Reply:
        provider = AnthropicProvider(spec, resolve_endpoint(spec, variables))
        try:
            return await provider.complete(Request(spec, messages or (USER,), **request))
        finally:
            await provider.close()

    return asyncio.run(call())


def failure(behaviour: Behaviour, **options: Any) -> ProviderError:
    with serving(behaviour) as server, pytest.raises(ProviderError) as caught:
        ask(server.url, **options)
    assert caught.value.where == "claude"
    return caught.value


def test_a_call_sends_what_an_application_sends_and_nothing_else() -> None:
    messages = (
        Message("system", "Be short."),
        Message("user", ("Look", Media("image", "image/png", b"\x89PNG"))),
        Message("assistant", "", (ToolCall("add", '{"a": 1}', "c1"),)),
        Message("tool", "2", tool_call_id="c1"),
    )
    parameters = {"max_tokens": 9, "stop": "END", "reasoning_effort": "low"}
    schema = {"name": "verdict", "schema": {"type": "object", "additionalProperties": False}}
    options: dict[str, Any] = {"tools": (TOOL,), "response_format": "json_schema", "json_schema": schema}
    with serving(answer(message(said("Hello.")))) as server:
        reply = ask(server.url, *messages, parameters=parameters, **options)
    (received,) = server.requests
    assert received.path == "/v1/messages"
    assert received.body == anthropic_arguments("claude-opus-5-5", messages, parameters, *options.values())
    assert received.headers["x-api-key"] == KEY
    assert received.headers["anthropic-version"] == "2026-10-21"
    assert "authorization" not in received.headers
    assert (reply.text, reply.finish_reason, reply.model) == ("Hello.", "stop", "claude-opus-5-5")
    assert reply.usage == Usage(12, 3)
    assert reply.latency is not None
    assert 0 < reply.latency < 10


def test_headers_query_and_more_of_a_body_go_with_every_call() -> None:
    settings = {
        "headers": {"anthropic-beta": "x-2026", "X-Team": EnvironmentValue("TEAM_TOKEN")},
        "query": {"route": "eu"},
    }
    parameters = {"extra_body": {"temperature": 0}, "timeout": 1, "extra_headers": {"x-api-key": "mine"}}
    with serving(answer(message(said("a")))) as server:
        ask(server.url, settings=settings, parameters=parameters)
    (received,) = server.requests
    assert received.path == "/v1/messages?route=eu"
    assert received.headers["anthropic-beta"] == "x-2026"
    assert received.headers["x-team"] == VARIABLES["TEAM_TOKEN"]
    assert received.headers["x-api-key"] == KEY
    assert received.body["temperature"] == 0
    assert "timeout" not in received.body


def test_no_key_of_the_environment_goes_to_a_server_that_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", KEY)
    with serving(answer(message(said("a")))) as server:
        ask(server.url, variables={})
    assert KEY not in str(server.requests[0].headers)
    assert not {"authorization", "x-api-key"} & server.requests[0].headers.keys()


def test_calls_of_tools_and_thinking_are_told_apart_from_what_was_said() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Add them.", "signature": "s"},
        {"type": "redacted_thinking", "data": "x"},
        said("I add "),
        said("them."),
        {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": "ü"}},
        {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
    ]
    with serving(answer(message(*blocks, stop="tool_use"))) as server:
        reply = ask(server.url)
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("I add them.", "Add them.", "tool_calls")
    assert reply.tool_calls == (ToolCall("add", '{"a": "ü"}'), ToolCall("now", "{}"))
    assert [call.id for call in reply.tool_calls] == ["toolu_1", "toolu_2"]


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("pause_turn", "pause_turn"),
    ],
)
def test_why_it_stopped_is_said_in_the_usual_words(stop: str, finish: str) -> None:
    with serving(answer(message(said("a"), stop=stop))) as server:
        assert ask(server.url).finish_reason == finish


def test_all_input_is_counted_and_of_it_what_was_remembered_and_what_was_written_down() -> None:
    usage = {
        "input_tokens": 10,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 1000,
        "output_tokens": 7,
        "output_tokens_details": {"thinking_tokens": 5},
    }
    with serving(answer(message(said("a"), usage=usage))) as server:
        assert ask(server.url).usage == Usage(1110, 7, 5, 100, 1000)


@pytest.mark.parametrize("usage", [None, [], {"input_tokens": "12"}, {"input_tokens": -1, "output_tokens": True}])
def test_usage_that_cannot_be_is_unknown(usage: object) -> None:
    with serving(answer(message(said("a"), usage=usage))) as server:
        assert ask(server.url).usage == Usage()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (message(stop="refusal"), "finish reason: content_filter"),
        (
            message(stop="refusal", stop_details={"type": "refusal", "explanation": "It is about locks."}),
            "the model refused: It is about locks.",
        ),
        (message({"type": "thinking", "thinking": "Hm"}, stop="max_tokens"), "only thinking (finish reason: length)"),
        ({}, "JSON without a list of content"),
        ({"content": ["a"]}, "JSON without a list of content"),
        ([], "a JSON list"),
        ("<html>It works.</html>", "text that is not JSON"),
        (message({"type": "tool_use", "input": {}}), "a tool call without a name"),
        ({"type": "error", "error": {"type": "invalid_request_error", "message": "No."}}, "answered 400: No."),
    ],
)
def test_an_answer_that_is_none_is_an_error(body: object, expected: str) -> None:
    error = failure(answer(body))
    assert expected in str(error)
    assert not isinstance(error, ProviderBusyError)


def test_nothing_said_after_a_normal_end_is_an_answer() -> None:
    with serving(answer(message())) as server:
        assert ask(server.url).text == ""


@pytest.mark.parametrize(
    ("behaviour", "seconds"),
    [
        (failed(429, "rate_limit_error", "Slow down.", {"retry-after": "7"}), 7.0),
        (failed(529, "overloaded_error", "Overloaded"), None),
        (failed(500, "api_error", "Internal"), None),
        (failed(504, "timeout_error", "Late"), None),
        (failed(409, "conflict_error", "Busy"), None),
        (answer({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}), None),
        (answer('{"content": ['), None),
        (reset(), None),
    ],
)
def test_what_may_pass_is_told_from_what_stays(behaviour: Behaviour, seconds: float | None) -> None:
    error = failure(behaviour)
    assert isinstance(error, ProviderBusyError)
    assert error.retry_after == seconds
    assert error.rate_limited == (error.status == 429)


@pytest.mark.parametrize(
    "behaviour",
    [
        failed(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
        failed(402, "billing_error", "Pay."),
        failed(429, "rate_limit_error", "Spent.", details={"error_code": "enforced_spend_limit_reached"}),
    ],
)
def test_an_account_that_is_used_up_stops_the_run(behaviour: Behaviour) -> None:
    assert isinstance(failure(behaviour), QuotaError)


@pytest.mark.parametrize(
    ("behaviour", "hint"),
    [
        (failed(401, "authentication_error", "invalid x-api-key"), "ANTHROPIC_API_KEY is wrong or has ended"),
        (failed(403, "permission_error", "No."), "may not use the model 'claude-opus-5-5'"),
        (failed(404, "not_found_error", "model: x"), "check the model's name"),
        (failed(413, "request_too_large", "Request exceeds the maximum size"), "shorten the case"),
        (failed(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), "shorten the case"),
        (failed(400, "invalid_request_error", "temperature: Extra inputs"), "check modelParameters"),
        (answer("", 302, {"location": "http://127.0.0.1:1/"}), "it points elsewhere"),
    ],
)
def test_what_would_fail_again_says_what_to_do(behaviour: Behaviour, hint: str) -> None:
    error = failure(behaviour)
    assert type(error) is ProviderError
    assert hint in error.hint


def test_a_body_that_drips_ends_at_the_deadline_and_one_without_end_at_its_limit() -> None:
    assert "no whole answer within 0.3 s" in str(failure(drip(5), limits={"timeout": 0.3}))
    error = failure(endless(), limits={"max_reply_bytes": 100_000})
    assert "longer than 100,000 bytes" in str(error)


def test_nobody_at_the_address_is_told_with_the_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ProviderBusyError, match=f"nothing listens at {url}"):
        ask(url)


def test_no_proxy_is_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    with serving(answer(message(said("a")))) as server:
        assert ask(server.url).text == "a"


def test_a_key_stands_in_no_error_and_no_reply() -> None:
    assert KEY not in str(failure(failed(400, "invalid_request_error", f"bad key {KEY}")))
    with serving(answer(message(said(f"You sent {KEY}")))) as server:
        assert KEY not in ask(server.url).text


def test_what_the_interface_lacks_is_told_before_any_call() -> None:
    with (
        serving(answer(message(said("a")))) as server,
        pytest.raises(ProviderError, match="no parameter 'seed'") as caught,
    ):
        ask(server.url, parameters={"seed": 1})
    assert not server.requests
    assert caught.value.hint == "take it out of modelParameters"


def test_what_json_has_no_place_for_is_an_error_of_this_request() -> None:
    assert "cannot be sent" in str(failure(answer(message()), parameters={"extra_body": {"x": "\ud83d"}}))


def _descendants(cls: type[BaseException]) -> set[type[BaseException]]:
    return {cls}.union(*(_descendants(child) for child in cls.__subclasses__()))


CLASSES = sorted(_descendants(anthropic.AnthropicError), key=lambda cls: cls.__name__)


def test_the_client_has_no_error_class_outside_of_its_tree() -> None:
    exported = {value for value in vars(anthropic).values() if isinstance(value, type) and issubclass(value, Exception)}
    assert exported <= set(CLASSES)
    assert len(CLASSES) > 20


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_of_the_client_is_translated(cls: type[BaseException]) -> None:
    spec = ModelSpec("claude", "anthropic", "m", "http://127.0.0.1:1")
    exc = cls.__new__(cls)
    exc.args = ("it failed",)
    code = getattr(cls, "status_code", 418)
    values = {"status_code": code, "body": {"error": {"message": "it failed"}}, "request_id": None}
    values["response"] = httpx2.Response(code, request=httpx2.Request("POST", spec.base_url))
    for name, value in values.items():
        object.__setattr__(exc, name, value)
    with pytest.raises(ProviderError) as caught, ErrorTranslator(spec, spec.base_url).translating():
        raise exc
    assert caught.value.where == "claude"


def test_a_missing_key_is_told_with_its_name(tmp_path: Any) -> None:
    spec = ModelSpec("claude", "anthropic", "claude-opus-5-5")
    with pytest.raises(ProviderError, match="ANTHROPIC_API_KEY is not set"):
        open_provider(spec, {}, tmp_path, tmp_path)
    assert isinstance(open_provider(spec, VARIABLES, tmp_path, tmp_path), AnthropicProvider)
