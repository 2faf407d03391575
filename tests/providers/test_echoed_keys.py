"""Servers that repeat the key they were given, in every place and form: it reaches no error and no reply."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from promptops.errors import ProviderError
from promptops.model.config import ModelSpec, address_hint
from promptops.providers.endpoint import redact_url
from promptops.text.key_mask import NO_KEYS, KeyMask
from tests.text.test_key_mask import FORMS, leaks

from .clients import ask, opened
from .loopback import Behaviour, answer, completion, request_for, reset, serving, spec_for

pytestmark = pytest.mark.usefixtures("both_clients")
KEY = "sk-live-9aF3kQ7zXw21LmNo_Zq4-7hT"


def told(behaviour: Behaviour, others: KeyMask = NO_KEYS) -> str:
    """All that an error says."""
    with serving(behaviour) as server, pytest.raises(ProviderError) as caught:
        ask(server.url, key=KEY, others=others)
    return f"{caught.value!r} {caught.value} {caught.value.hint} {caught.value.__notes__ if caught.value.hint else ''}"


def error(text: str, status: int = 401, **more: str) -> Behaviour:
    return answer({"error": {"message": text, **more}}, status)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("status", [200, 401, 500])
def test_no_form_of_a_key_reaches_an_error(form: str, status: int) -> None:
    said = told(error(f"refused: {FORMS[form](KEY)}", status))
    assert "refused: " in said
    assert not leaks(said, KEY)


@pytest.mark.parametrize("place", [0, 150, *range(160, 212, 2), 300, 780, 799, 1_990, 9_950])
def test_a_key_that_shortening_would_cut_is_masked_before(place: int) -> None:
    for behaviour in (
        error("x" * place + KEY + "y" * 10_000),
        answer("x" * place + KEY + "y" * 10_000),
        answer(" " * place + KEY + "y" * 10_000),
        answer({"error": "x" * place + KEY + "y" * 10_000}, 403),
        answer("x" * place + KEY + "y" * 10_000, 502),
    ):
        assert not leaks(told(behaviour), KEY, 6)


PLACES = {
    "an HTML page": answer(f"<html><body>Bad gateway for Bearer {KEY}</body></html>", 502),
    "a page that says 200": answer(f"<html><body>Hello {KEY}</body></html>"),
    "a redirect": answer("", 302, {"Location": f"http://127.0.0.1:1/v1?key={KEY}"}),
    "a redirect in circles": answer("", 307, {"Location": f"/v1/chat/completions?key={KEY}"}),
    "a header": answer({"error": {"message": "no"}}, 401, {"X-Request": KEY, "WWW-Authenticate": f"Bearer {KEY}"}),
    "the reason of the status": lambda socket: socket.sendall(f"HTTP/1.1 401 {KEY}\r\n\r\n".encode()),
    "a broken status line": lambda socket: socket.sendall(f"{KEY}\r\n\r\n".encode()),
    "a broken header": lambda socket: socket.sendall(f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode()),
    "a broken length": lambda socket: socket.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {KEY}\r\n\r\n".encode()),
    "the code of an error": error("no", code=KEY),
    "the type of an error": error("no", type=KEY),
    "a detail": answer({"error": {"detail": KEY}}, 400),
    "an error without a message": answer({"error": {"seen": {"authorization": f"Bearer {KEY}"}}}, 400),
    "a text for an error": answer({"error": KEY}, 400),
    "an error in a choice": answer({"choices": [{"error": {"message": KEY, "code": 429}}]}),
    "JSON without choices": answer({"headers": {"authorization": KEY}}),
    "a list": answer([KEY]),
    "text": answer(KEY),
    "broken JSON": answer(json.dumps({"a": KEY})[:-1]),
    "a tool call without a name": answer(completion(None, tool_calls=[{"function": {"said": KEY}}])),
    "a finish reason": answer({"choices": [{"message": {"content": ""}, "finish_reason": KEY}]}),
}


@pytest.mark.parametrize("place", PLACES)
def test_wherever_a_server_repeats_the_key_no_error_has_it(place: str) -> None:
    assert not leaks(told(PLACES[place]), KEY)


def test_no_reply_has_it_either() -> None:
    calls = [{"function": {"name": f"f_{KEY}", "arguments": json.dumps({"key": KEY})}}]
    body = completion(f"Hello {KEY}", reasoning=f"I was given {KEY}", tool_calls=calls)
    body |= {"model": KEY}
    body["choices"][0]["finish_reason"] = KEY
    with serving(answer(body)) as server:
        reply = ask(server.url, key=KEY)
    assert reply.text == "Hello [key]"
    assert json.loads(reply.tool_calls[0].arguments) == {"key": "[key]"}
    assert not leaks(repr(reply), KEY)


def test_a_reply_without_it_is_left_alone() -> None:
    with serving(answer(completion("Hello, a sk-live- key."))) as server:
        assert ask(server.url, key=KEY).text == "Hello, a sk-live- key."


def test_keys_of_other_models_are_masked_in_errors_too() -> None:
    other = "another-models-key-1"
    assert other not in told(error(f"the pool has {other}"), KeyMask([other]))


@pytest.mark.parametrize(
    "place", [{"headers": {"X-Api-Key": KEY}}, {"query": {"key": KEY}}, {"headers": {"Authorization": f"Token {KEY}"}}]
)
def test_keys_among_the_settings_are_masked_too(place: dict[str, Any]) -> None:
    for behaviour in (error(f"refused: {KEY}"), PLACES["a broken status line"], reset()):
        with serving(behaviour) as server, pytest.raises(ProviderError) as caught:
            ask(server.url, **place)
        assert not leaks(f"{caught.value} {caught.value.hint}", KEY)
    with serving(answer(completion(f"Hello {KEY}"))) as server:
        assert ask(server.url, **place).text == "Hello [key]"


def test_a_token_in_the_address_is_masked() -> None:
    async def call() -> None:
        provider = opened(ModelSpec("small", "openai", "m", f"http://{KEY}@127.0.0.1:1/v1?key=abcdefgh-1"))
        try:
            with pytest.raises(ProviderError) as caught:
                await provider.complete(request_for(provider.spec))
            said = f"{caught.value} {caught.value.hint} {provider.errors.mask(f'at {KEY}, abcdefgh-1')}"
            assert not leaks(said, KEY)
            assert "abcdefgh-1" not in said
        finally:
            await provider.close()

    asyncio.run(call())


@pytest.mark.parametrize("key", ["k", "secret1"])
def test_a_key_too_short_to_be_one_garbles_nothing(key: str) -> None:
    with serving(error("a key like k is no secret1")) as server:

        async def call() -> None:
            provider = opened(spec_for(server.url), key)
            try:
                with pytest.raises(ProviderError, match="a key like k is no secret1"):
                    await provider.complete(request_for(provider.spec))
            finally:
                await provider.close()

        asyncio.run(call())


@pytest.mark.parametrize("address", ["me:{}@host/v1", "{}@host:443/v1?a={}", "host/v1?key={}", "ftp://me:{}@host/v1"])
def test_an_address_that_is_none_is_told_without_its_secrets(address: str) -> None:
    url = address.replace("{}", KEY)
    with pytest.raises(ProviderError) as caught:
        opened(spec_for(url))
    assert KEY not in f"{caught.value} {caught.value.hint} {address_hint(url)} {redact_url(url)}"
