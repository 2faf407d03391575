"""A call and its reply, against a real server; every way a server fails, as one of our errors."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from promptops.errors import ProviderBusyError, ProviderError, QuotaError
from promptops.model.chat.message import ToolCall
from promptops.model.model_call import Reply, Usage
from tests.providers.clients import ask, failure, opened
from tests.providers.loopback import answer, completion, drip, free_port, request_for, reset, serving, spec_for

HTML = "<html><head><title>Welcome to nginx!</title></head><body>It works.</body></html>"
KEY = "sk-not-a-real-key-0123456789"
pytestmark = pytest.mark.usefixtures("both_clients")


def test_a_call_sends_what_was_asked_and_nothing_else() -> None:
    with serving(answer(completion("Hello."))) as server:
        reply = ask(server.url, key=KEY, text="Grüße", parameters={"temperature": 0.2, "max_tokens": 9})
    (received,) = server.requests
    assert received.path == "/v1/chat/completions"
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert received.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "Grüße"}],
        "temperature": 0.2,
        "max_tokens": 9,
    }
    assert (reply.text, reply.finish_reason, reply.model) == ("Hello.", "stop", "m-2026-01-01")
    assert reply.usage == Usage(12, 3)
    assert reply.latency is not None
    assert 0 < reply.latency < 10


def test_tools_and_formats_are_sent_as_the_api_names_them() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    schema = {"name": "verdict", "schema": {"type": "object"}, "strict": True}
    with serving(answer(completion())) as server:
        ask(server.url, tools=(tool,), response_format="json_schema", json_schema=schema)
        ask(server.url, response_format="json_object")
    first, second = (received.body for received in server.requests)
    assert first["tools"] == [tool]
    assert first["response_format"] == {"type": "json_schema", "json_schema": schema}
    assert second["response_format"] == {"type": "json_object"}
    assert "tools" not in second


def test_parameters_cannot_take_the_place_of_the_messages() -> None:
    with serving(answer(completion())) as server:
        ask(server.url, parameters={"messages": [], "model": "other"})
    assert server.requests[0].body["messages"] == [{"role": "user", "content": "Hi"}]
    assert server.requests[0].body["model"] == "m"


def test_headers_and_a_query_of_the_settings_go_with_every_call() -> None:
    headers = {"X-Team": "a", "authorization": "Token x", "openai-project": "p", "content-type": "text/plain"}
    with serving(answer(completion())) as server:
        ask(server.url, key=KEY, headers=headers, query={"api-version": "2026-01-01"})
    (received,) = server.requests
    assert received.path == "/v1/chat/completions?api-version=2026-01-01"
    assert (received.headers["x-team"], received.headers["openai-project"]) == ("a", "p")
    assert received.headers["authorization"] == "Token x"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"].startswith("promptops/")
    assert received.body["model"] == "m"


def test_a_header_that_would_become_two_is_an_error() -> None:
    with serving(answer(completion())) as server:
        with pytest.raises(ProviderError):
            ask(server.url, headers={"X-Team": "a\r\nX-Admin: yes"}, timeout=2)
        assert server.requests == []


def test_a_user_in_the_address_goes_into_a_header() -> None:
    with serving(answer(completion())) as server:
        ask(server.url.replace("//", "//token-of-ada@"))
        ask(server.url.replace("//", "//token-of-ada@"), key=KEY)
    first, second = (received.headers["authorization"] for received in server.requests)
    assert (first, second) == ("Basic dG9rZW4tb2YtYWRhOg==", f"Bearer {KEY}")


def test_tool_calls_are_a_reply_without_text() -> None:
    calls = [{"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1'}}]
    with serving(answer(completion(None, tool_calls=calls))) as server:
        reply = ask(server.url)
    assert (reply.text, reply.tool_calls) == ("", (ToolCall("add", '{"a": 1'),))


def test_arguments_that_are_an_object_become_its_text() -> None:
    calls = [{"function": {"name": "add", "arguments": {"a": "ü"}}}, {"function": {"name": "now"}}]
    with serving(answer(completion(None, tool_calls=calls))) as server:
        assert ask(server.url).tool_calls == (ToolCall("add", '{"a": "ü"}'), ToolCall("now", "{}"))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": ""}, ""),
        ({"content": None, "refusal": "I cannot help with that."}, "I cannot help with that."),
        ({"content": [{"type": "text", "text": "a"}, {"type": "thinking"}, {"type": "text", "text": "b"}]}, "ab"),
        ({"content": "half \ud83d of a pair"}, "half \ufffd of a pair"),
        ({"content": "whole 😀"}, "whole 😀"),
    ],
)
def test_what_counts_as_text(message: dict[str, Any], text: str) -> None:
    body = completion()
    body["choices"][0]["message"] = message
    with serving(answer(body)) as server:
        assert ask(server.url).text == text


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": "12"}, {"prompt_tokens": -1, "completion_tokens": True}])
def test_usage_that_is_not_counts_is_unknown(usage: object) -> None:
    with serving(answer(completion() | {"usage": usage})) as server:
        assert ask(server.url).usage == Usage(None, None)


def test_one_client_keeps_its_connections() -> None:
    with serving(answer(completion())) as server:
        spec = spec_for(server.url)

        async def calls() -> None:
            provider = opened(spec)
            for _ in range(5):
                await provider.complete(request_for(spec))
            await provider.close()

        asyncio.run(calls())
        assert (len(server.requests), server.connections) == (5, 1)


def test_200_calls_are_in_flight_at_once() -> None:
    def slow(connection: socket.socket) -> None:
        time.sleep(0.5)
        answer(completion())(connection)

    with serving(slow) as server:
        spec = spec_for(server.url, concurrency=200)

        async def calls() -> list[Reply]:
            provider = opened(spec)
            try:
                return await asyncio.gather(*(provider.complete(request_for(spec)) for _ in range(200)))
            finally:
                await provider.close()

        assert len(asyncio.run(calls())) == 200
        assert server.connections == 200


def test_a_closed_provider_opens_again_even_in_another_loop() -> None:
    with serving(answer(completion())) as server:
        provider = opened(spec_for(server.url))

        async def call() -> str:
            reply = await provider.complete(request_for(provider.spec))
            await provider.close()
            return reply.text

        assert [asyncio.run(call()), asyncio.run(call())] == ["Hello.", "Hello."]


# Case 16: the server asks to wait.


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "300"}, 300.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:10 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 10.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"Retry-After": "-5"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({}, None),
    ],
)
def test_case_16_429_says_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    error = failure(answer({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, 429, headers))
    assert isinstance(error, ProviderBusyError)
    assert error.retry_after == seconds
    assert "slow down" in str(error)


def test_case_16_a_date_without_the_servers_clock_is_read_by_ours() -> None:
    error = failure(answer({}, 503, {"Retry-After": formatdate(time.time() + 60, usegmt=True)}))
    assert isinstance(error, ProviderBusyError)
    assert error.retry_after is not None
    assert 50 < error.retry_after <= 60


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_case_16_what_may_pass_is_busy_and_asked_once(status: int) -> None:
    with serving(answer(HTML, status)) as server, pytest.raises(ProviderBusyError, match=f"answered {status}"):
        ask(server.url)
    assert len(server.requests) == 1


# Case 17: the account is used up.


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, {"message": "You exceeded your quota", "type": "insufficient_quota", "code": "insufficient_quota"}),
        (429, {"message": "You exceeded your quota", "type": "insufficient_quota"}),
        (402, {"message": "Insufficient credits"}),
    ],
)
def test_case_17_a_spent_quota_is_not_worth_waiting_for(status: int, error: dict[str, str]) -> None:
    assert isinstance(failure(answer({"error": error}, status)), QuotaError)


# Case 18: a dripping body.


def test_case_18_a_dripping_body_meets_the_deadline() -> None:
    start = time.monotonic()
    error = failure(drip(5), timeout=0.4)
    assert time.monotonic() - start < 4
    assert isinstance(error, ProviderBusyError)
    assert "no whole answer within 0.4 s" in str(error)
    assert "limits.timeout" in error.hint


def test_case_18_a_silent_server_meets_the_deadline() -> None:
    error = failure(lambda connection: time.sleep(1), timeout=0.3)
    assert isinstance(error, ProviderBusyError)
    assert "no whole answer within 0.3 s" in str(error)


# Case 19: 200, and no reply in it.


def test_case_19_200_html_is_an_error() -> None:
    error = failure(answer(HTML, headers={"Content-Type": "text/html"}))
    assert not isinstance(error, ProviderBusyError)
    assert "Welcome to nginx!" in str(error)
    assert "/v1" in error.hint


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "JSON without choices"),
        ([], "a JSON list"),
        ("null", "JSON's null"),
        ({"choices": None}, "JSON without choices"),
        ({"choices": "no"}, "JSON without choices"),
        ({"choices": []}, "an empty list of choices"),
        ({"choices": [None]}, "JSON without choices"),
        ({"choices": [{}]}, "a choice without a message"),
        ({"choices": [{"message": "hi"}]}, "a choice without a message"),
        (completion(None), "the answer has no text"),
        (completion(None, tool_calls=[]), "the answer has no text"),
        (completion(None, content=5), "the answer has no text"),
        (completion(None, content=[{"type": "thinking"}]), "the answer has no text"),
        (completion(None, tool_calls=[{}]), "a tool call without a name"),
        (completion(None, tool_calls=[{"function": {"name": 3}}]), "a tool call without a name"),
        ("Hello.", "text that is not JSON"),
        (b"\xff\xfe\x00garbage", "text that is not JSON"),
    ],
)
def test_case_19_200_without_a_reply_is_an_error(body: object, said: str) -> None:
    error = failure(answer(body))
    assert not isinstance(error, ProviderBusyError)
    assert said in str(error)


@pytest.mark.parametrize("calls", [5, {"a": 1}, "x"])
def test_case_19_tool_calls_that_are_no_list_are_an_error(calls: object) -> None:
    assert "a tool call without a name" in str(failure(answer(completion(None, tool_calls=calls))))


def test_case_19_deep_json_is_an_error() -> None:
    assert isinstance(failure(answer("[" * 200_000)), ProviderError)


def test_case_19_empty_text_after_thinking_says_what_to_raise() -> None:
    body = completion(None)
    body["choices"][0]["finish_reason"] = "length"
    error = failure(answer(body))
    assert "finish reason: length" in str(error)
    assert "max_tokens" in error.hint


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "upstream is overloaded", "code": 503}, ProviderBusyError),
        ({"message": "upstream is overloaded", "code": "429"}, ProviderBusyError),
        ({"message": "no credits", "code": 402}, QuotaError),
        ({"message": "no such model", "code": 404}, ProviderError),
        ("just text", ProviderError),
        ({"message": "odd", "code": "²"}, ProviderError),
    ],
)
def test_case_19_an_error_inside_a_200_is_an_error(error: object, kind: type[ProviderError]) -> None:
    assert type(failure(answer({"error": error}))) is kind


# Case 20: the connection breaks.


def test_case_20_a_reset_mid_body_may_be_tried_again() -> None:
    error = failure(reset())
    assert isinstance(error, ProviderBusyError)
    assert "the connection to http://127.0.0.1" in str(error)


def test_case_20_a_reset_before_the_answer_may_be_tried_again() -> None:
    assert isinstance(failure(reset(b"")), ProviderBusyError)


def test_case_20_a_body_that_ends_early_may_be_tried_again() -> None:
    def stop(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"choices"')
        connection.shutdown(socket.SHUT_RDWR)

    assert isinstance(failure(stop), ProviderBusyError)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_case_20_a_body_that_cannot_be_unpacked_may_be_tried_again(encoding: str) -> None:
    error = failure(answer(completion(), headers={"Content-Encoding": encoding}))
    assert isinstance(error, ProviderBusyError)
    assert "cannot be unpacked" in str(error)


def test_case_20_a_connection_that_was_closed_while_it_was_idle_may_be_tried_again() -> None:
    def close(connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_RDWR)

    with serving(answer(completion()), close, answer(completion())) as server:
        spec = spec_for(server.url)

        async def calls() -> str:
            provider = opened(spec)
            await provider.complete(request_for(spec))
            with pytest.raises(ProviderBusyError):
                await provider.complete(request_for(spec))
            reply = await provider.complete(request_for(spec))
            await provider.close()
            return reply.text

        assert asyncio.run(calls()) == "Hello."
        assert server.connections == 2


@pytest.mark.parametrize("cut", ['{"choices": [{"mess', "", "  ", '[{"a"'])
def test_case_20_cut_json_may_be_tried_again(cut: str) -> None:
    assert isinstance(failure(answer(cut)), ProviderBusyError)


def test_case_20_what_is_not_http_may_be_tried_again() -> None:
    assert isinstance(failure(lambda connection: connection.sendall(b"\x00\x01 hello\r\n\r\n")), ProviderBusyError)


def test_the_next_call_after_a_break_is_answered() -> None:
    with serving(reset(), answer(completion())) as server:
        spec = spec_for(server.url)

        async def calls() -> str:
            provider = opened(spec)
            with pytest.raises(ProviderBusyError):
                await provider.complete(request_for(spec))
            reply = await provider.complete(request_for(spec))
            await provider.close()
            return reply.text

        assert asyncio.run(calls()) == "Hello."


def test_nobody_listening_asks_whether_the_server_runs() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(ProviderBusyError, match="nothing listens at") as caught:
        ask(url)
    assert url in caught.value.hint


# Errors that would come again say what to do.


@pytest.mark.parametrize(
    ("status", "env", "hint"),
    [
        (401, "ACME_KEY", "ACME_KEY is wrong"),
        (401, "", "apiKeyEnv"),
        (403, "ACME_KEY", "may not use the model 'm'"),
        (404, "", "'m'"),
        (405, "", "base address (http://127.0.0.1"),
        (410, "", "'m'"),
        (307, "", "set baseUrl to the address that it points to"),
        (422, "", "modelParameters"),
    ],
)
def test_a_refusal_says_what_to_look_at(status: int, env: str, hint: str) -> None:
    error = failure(answer({"error": {"message": "no"}}, status), env=env)
    assert type(error) is ProviderError
    assert f"answered {status}: no" in str(error)
    assert error.where == "small"
    assert hint in error.hint


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "maximum is 4096 tokens", "code": "context_length_exceeded"}},
        {"error": {"message": "request (6031 tokens) exceeds the available context size (4096 tokens)", "code": 400}},
        {"detail": "This model's maximum context length is 4096 tokens"},
    ],
)
def test_a_request_longer_than_the_context_says_so(body: object) -> None:
    assert "longer than the model's context" in failure(answer(body, 400)).hint


def test_a_key_is_never_shown() -> None:
    error = failure(answer({"error": {"message": f"Incorrect key: {KEY}"}}, 401), key=KEY)
    assert KEY not in f"{error!r} {error} {error.hint}"
    assert "Incorrect key: [key]" in str(error)
    provider = opened(spec_for("http://127.0.0.1:1/v1"), KEY)
    assert KEY not in repr(vars(provider))


def test_hostile_error_text_becomes_one_short_printable_line() -> None:
    error = failure(answer({"error": {"message": "a\x1b[31m\u202eb\n::error::x" + "y" * 9999}}, 400))
    assert "\x1b" not in str(error)
    assert "\u202e" not in str(error)
    assert "\n" not in str(error)
    assert len(str(error)) < 300


def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    with pytest.raises(ProviderError, match="with a password in it") as caught:
        ask("http://ada:hunter2@127.0.0.1:1/v1?token=hunter2")
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("text", ["half \ud83d of a pair"])
def test_a_request_that_cannot_be_written_is_an_error(text: str) -> None:
    with serving(answer(completion())) as server:
        with pytest.raises(ProviderError, match="cannot be sent"):
            ask(server.url, text=text)
        with pytest.raises(ProviderError, match="cannot be sent"):
            ask(server.url, parameters={"temperature": float("inf")})
        assert server.requests == []


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host/v1", "https://", "http://[::1", "http://h:99999/v1"])
def test_an_address_that_is_none_is_told_at_once(url: str) -> None:
    with pytest.raises(ProviderError, match="not the address of an endpoint"):
        opened(spec_for(url))


def test_a_redirect_is_followed_nowhere() -> None:
    with serving(answer(completion())) as other:
        error = failure(answer("", 307, {"Location": f"{other.url}/chat/completions"}), key=KEY)
        assert "set baseUrl to the address that it points to" in error.hint
        assert other.requests == []


# What stays on this machine.


def test_without_a_key_none_is_sent_and_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "leak-me-not")
    with serving(answer(completion())) as server:
        ask(server.url)
        ask(server.url, key=KEY)
    keyless, keyed = (received.headers for received in server.requests)
    assert "authorization" not in keyless
    assert keyed["authorization"] == f"Bearer {KEY}"
    assert "leak-me-not" not in repr(server.requests)


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with serving(answer(completion())) as server:
        assert ask(server.url).text == "Hello."


def test_importing_the_providers_loads_nothing_heavy() -> None:
    names = "openai httpx2 aiohttp xllamacpp genai_prices rich asyncio.subprocess"
    code = (
        "import sys, promptops.providers.registry, promptops.providers.prices, promptops.providers.model_download\n"
        f"print([name for name in {names.split()!r} if name in sys.modules and name != 'asyncio.subprocess'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )
    assert done.stdout.strip() == "[]"
