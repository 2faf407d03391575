"""Where each vendor is called, with which key, headers and query, and what of that tells one place from another."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from promptops.errors import ProviderError
from promptops.model.config import EnvironmentValue, ModelSpec
from promptops.model.model_call import Reply
from promptops.model.vendors.table import LISTED, VENDORS
from promptops.providers.endpoint import (
    Endpoint,
    address_identity,
    endpoint_url,
    is_loopback,
    locate,
    needed_variables,
    resolve_endpoint,
)
from promptops.providers.registry import missing_key, open_provider

from .loopback import Loopback, answer, completion, request_for, serving

KEY = "sk-live-9aF3kQ7zXw21LmNo"
TOKEN = "t0ken-9aF3kQ7zXw21LmNo"
GATEWAY = EnvironmentValue("GATEWAY_TOKEN")
OPENAI = ModelSpec("m", "openai", "gpt-5.4-mini")
AZURE = ModelSpec("m", "azure", "mini")
GROQ = ModelSpec("m", "groq", "llama-3.3-70b-versatile")


def ask(spec: ModelSpec, variables: Mapping[str, str], **request: Any) -> Reply:
    """One call as an evaluation makes it."""

    async def call() -> Reply:
        provider = open_provider(spec, variables, Path("cache"), Path("root"))
        try:
            return await provider.complete(request_for(spec, **request))
        finally:
            await provider.close()

    return asyncio.run(call())


def refusal(spec: ModelSpec, variables: Mapping[str, str] = {}) -> str:
    with pytest.raises(ProviderError) as caught:
        resolve_endpoint(spec, variables)
    assert caught.value.where == spec.alias
    return f"{caught.value} | {caught.value.hint}"


PRESETS = [name for name in LISTED if VENDORS[name].interface == "openai" and VENDORS[name].address]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_an_address_and_a_keys_name(name: str) -> None:
    vendor, spec = VENDORS[name], ModelSpec("m", name, "x")
    endpoint = resolve_endpoint(spec, {vendor.key: KEY} if vendor.key else {})
    assert endpoint == Endpoint(vendor.address, KEY if vendor.key else "", secrets=(KEY,) if vendor.key else ())
    assert not vendor.address.endswith("/")
    if not is_loopback(vendor.address):
        assert vendor.key
        assert missing_key(spec, {}) == vendor.key
        assert f"environment variable {vendor.key} is not set" in refusal(spec)


def test_a_key_is_the_vendors_own_or_the_one_that_is_named() -> None:
    variables = {"OPENAI_API_KEY": "k-openai", "GROQ_API_KEY": "k-groq", "MINE": "k-mine"}
    assert resolve_endpoint(GROQ, variables).api_key == "k-groq"
    assert resolve_endpoint(replace(GROQ, api_key_env="MINE"), variables).api_key == "k-mine"
    elsewhere = replace(GROQ, base_url="http://127.0.0.1:1/v1")
    assert resolve_endpoint(elsewhere, variables).api_key == "k-groq"
    assert resolve_endpoint(elsewhere, {}).api_key == ""
    assert resolve_endpoint(replace(OPENAI, base_url="https://llm.acme.example/v1"), variables).api_key == ""


@pytest.mark.parametrize(
    ("spec", "variables", "url", "named"),
    [
        (OPENAI, {}, "https://api.openai.com/v1", ""),
        (
            OPENAI,
            {"OPENAI_BASE_URL": "https://proxy.acme.example/v1/"},
            "https://proxy.acme.example/v1",
            "OPENAI_BASE_URL",
        ),
        (OPENAI, {"OPENAI_BASE_URL": "  "}, "https://api.openai.com/v1", ""),
        (
            replace(OPENAI, base_url="https://a.example/v1"),
            {"OPENAI_BASE_URL": "https://b.example"},
            "https://a.example/v1",
            "",
        ),
        (GROQ, {"OPENAI_BASE_URL": "https://b.example/v1"}, "https://api.groq.com/openai/v1", ""),
        (replace(GROQ, base_url_env="A"), {"A": "https://a.example/v1"}, "https://a.example/v1", "A"),
        (replace(GROQ, base_url="https://b.example", base_url_env="A"), {}, "https://b.example", ""),
        (
            replace(GROQ, base_url="https://b.example", base_url_env="A"),
            {"A": "https://a.example"},
            "https://a.example",
            "A",
        ),
        (
            AZURE,
            {"AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com/"},
            "https://r.openai.azure.com/openai/v1",
            "AZURE_OPENAI_ENDPOINT",
        ),
    ],
)
def test_the_environment_says_where_nothing_else_does(
    spec: ModelSpec, variables: dict[str, str], url: str, named: str
) -> None:
    found = locate(spec, variables)
    assert (endpoint_url(found), found.base_url_env) == (url, named)
    assert locate(found, variables) == found
    keys = {"OPENAI_API_KEY": KEY, "GROQ_API_KEY": KEY, "AZURE_OPENAI_API_KEY": KEY}
    assert resolve_endpoint(spec, variables | keys).url == url


def test_openais_key_goes_to_the_address_that_stands_beside_it() -> None:
    variables = {"OPENAI_BASE_URL": "https://proxy.acme.example/v1", "OPENAI_API_KEY": KEY}
    assert resolve_endpoint(OPENAI, variables).api_key == KEY
    assert resolve_endpoint(locate(OPENAI, variables), variables).api_key == KEY


@pytest.mark.parametrize(
    ("written", "query", "url"),
    [
        ("https://r.openai.azure.com", {}, "https://r.openai.azure.com/openai/v1"),
        ("https://r.openai.azure.com/openai/", {}, "https://r.openai.azure.com/openai/v1"),
        ("https://r.openai.azure.com/openai/v1/?api-version=preview", {}, "https://r.openai.azure.com/openai/v1"),
        (
            "https://r.openai.azure.com",
            {"api-version": "2024-10-21"},
            "https://r.openai.azure.com/openai/deployments/my%20mini",
        ),
        (
            "https://r.openai.azure.com/openai?api-version=2024-10-21",
            {},
            "https://r.openai.azure.com/openai/deployments/my%20mini",
        ),
        (
            "https://r.openai.azure.com/openai/deployments/big/chat/completions?api-version=2024-10-21",
            {},
            "https://r.openai.azure.com/openai/deployments/big",
        ),
        ("https://gateway.acme.example/azure", {}, "https://gateway.acme.example/azure/openai/v1"),
    ],
)
def test_azure_is_called_in_its_new_and_its_classic_way(written: str, query: dict[str, str], url: str) -> None:
    spec = replace(AZURE, model="my mini", base_url=written, query=query)
    endpoint = resolve_endpoint(spec, {"AZURE_OPENAI_API_KEY": KEY})
    assert (endpoint.url, endpoint.api_key, endpoint.headers) == (url, "", {"api-key": KEY})
    assert endpoint.secrets == (KEY,)


def test_azure_without_an_address_says_what_to_write() -> None:
    said = refusal(AZURE, {"AZURE_OPENAI_API_KEY": KEY})
    assert "there is no address for the provider 'azure'" in said
    assert "AZURE_OPENAI_ENDPOINT" in said


def serve(spec: ModelSpec, variables: Mapping[str, str], path: str = "", **request: Any) -> Loopback:
    """What the official client sends for this model, whose address is that of a server here."""
    with serving(answer(completion())) as server:
        root = server.url.removesuffix("/v1")
        ask(replace(spec, base_url=root + path), variables, **request)
    return server


@pytest.mark.parametrize(
    ("path", "query", "sent"),
    [
        ("", {}, "/openai/v1/chat/completions"),
        ("", {"api-version": "2024-10-21"}, "/openai/deployments/mini/chat/completions?api-version=2024-10-21"),
        ("?api-version=2024-10-21", {}, "/openai/deployments/mini/chat/completions?api-version=2024-10-21"),
        ("/openai/v1/?api-version=preview", {}, "/openai/v1/chat/completions?api-version=preview"),
    ],
)
def test_azures_server_gets_its_address_and_a_bare_key(path: str, query: dict[str, str], sent: str) -> None:
    server = serve(replace(AZURE, query=query), {"AZURE_OPENAI_API_KEY": KEY}, path)
    (received,) = server.requests
    assert received.path == sent
    assert received.headers["api-key"] == KEY
    assert "authorization" not in received.headers
    assert received.body["model"] == "mini"


def test_headers_and_a_query_go_with_every_call_and_reach_no_error() -> None:
    spec = replace(
        OPENAI,
        headers={"X-Team": "search", "X-Gateway": GATEWAY},
        query={"trace": "on", "sig": EnvironmentValue("SIG")},
    )
    variables = {"GATEWAY_TOKEN": f"{TOKEN}\n", "SIG": "s1g-9aF3kQ7zXw21"}
    server = serve(spec, variables, "/v1?api-version=7&trace=off", parameters={"temperature": 0})
    (received,) = server.requests
    assert received.path == "/v1/chat/completions?api-version=7&trace=on&sig=s1g-9aF3kQ7zXw21"
    assert (received.headers["x-team"], received.headers["x-gateway"]) == ("search", TOKEN)
    assert "authorization" not in received.headers

    echo = {"error": {"message": f"no: {TOKEN} s1g-9aF3kQ7zXw21"}}
    with serving(answer(echo, 401)) as refusing, pytest.raises(ProviderError) as caught:
        ask(replace(spec, base_url=refusing.url), variables)
    assert "no: [key] [key]" in str(caught.value)
    with serving(answer(completion(f"You said {TOKEN}"))) as parrot:
        assert ask(replace(spec, base_url=parrot.url), variables).text == "You said [key]"


def test_a_header_of_ones_own_takes_the_keys_place() -> None:
    spec = replace(OPENAI, headers={"authorization": EnvironmentValue("AUTH")})
    (received,) = serve(spec, {"AUTH": f"Bearer {TOKEN}", "OPENAI_API_KEY": KEY}, "/v1").requests
    assert received.headers["authorization"] == f"Bearer {TOKEN}"
    endpoint = resolve_endpoint(spec, {"AUTH": f"Bearer {TOKEN}"})
    assert (endpoint.api_key, TOKEN in endpoint.secrets) == ("", True)
    entra = replace(AZURE, base_url="https://r.openai.azure.com", headers={"Authorization": EnvironmentValue("AUTH")})
    assert resolve_endpoint(entra, {"AUTH": "Bearer x"}).headers == {"Authorization": "Bearer x"}
    assert needed_variables(entra) == ("AUTH",)


@pytest.mark.parametrize(
    ("spec", "variables", "said"),
    [
        (replace(GROQ, base_url_env="A"), {}, "environment variable A, which baseUrlEnv names, is not set"),
        (
            replace(GROQ, headers={"X-A": GATEWAY}),
            {},
            "header 'X-A' is in the environment variable GATEWAY_TOKEN, which is not",
        ),
        (
            replace(GROQ, query={"a": GATEWAY}),
            {"GATEWAY_TOKEN": " "},
            "part of the query 'a' is in the environment variable",
        ),
        (
            replace(GROQ, headers={"X-A": GATEWAY}),
            {"GATEWAY_TOKEN": "a\r\nX-B: c"},
            "for the header 'X-A' has a line break in it",
        ),
        (replace(GROQ, headers={"X-A": GATEWAY}), {"GATEWAY_TOKEN": "a“b"}, "has characters in it that cannot be sent"),
        (replace(AZURE, base_url="https://r.example"), {"AZURE_OPENAI_API_KEY": "a\nb"}, "has characters no key has"),
    ],
)
def test_what_is_missing_or_cannot_be_sent_is_told_before_any_call(
    spec: ModelSpec, variables: dict[str, str], said: str
) -> None:
    found = refusal(spec, {"GROQ_API_KEY": KEY, **variables})
    assert said in found
    assert "“" not in found
    assert "X-B" not in found


def test_which_variable_is_missing_can_be_asked() -> None:
    spec = replace(GROQ, headers={"X-A": GATEWAY})
    assert missing_key(spec, {}) == "GROQ_API_KEY"
    assert missing_key(spec, {"GROQ_API_KEY": KEY}) == "GATEWAY_TOKEN"
    assert missing_key(replace(spec, base_url="http://127.0.0.1:1/v1"), {}) == "GATEWAY_TOKEN"
    assert missing_key(spec, {"GROQ_API_KEY": KEY, "GATEWAY_TOKEN": TOKEN}) == ""


@pytest.mark.parametrize(
    ("spec", "identity"),
    [
        (OPENAI, "https://api.openai.com/v1"),
        (replace(OPENAI, base_url="https://a:pw@x.example/v1?key=k&b=2&a=1"), "https://x.example/v1?a=1&b=2"),
        (
            replace(OPENAI, query={"version": GATEWAY, "api_key": "k"}),
            "https://api.openai.com/v1?version=$GATEWAY_TOKEN",
        ),
        (
            replace(OPENAI, headers={"X-Variant": "b c", "Authorization": "Bearer k", "X-Org": GATEWAY}),
            "https://api.openai.com/v1 x-org=$GATEWAY_TOKEN x-variant=b%20c",
        ),
        (
            replace(AZURE, base_url="https://r.openai.azure.com?api-version=2024-10-21"),
            "https://r.openai.azure.com/openai/deployments/mini?api-version=2024-10-21",
        ),
    ],
)
def test_the_identity_of_a_place_has_no_secret_in_it(spec: ModelSpec, identity: str) -> None:
    assert address_identity(spec) == identity


def test_an_endpoint_shows_no_secret() -> None:
    assert repr(resolve_endpoint(OPENAI, {"OPENAI_API_KEY": KEY})) == "<endpoint https://api.openai.com/v1>"
    azure = resolve_endpoint(replace(AZURE, base_url="https://r.example"), {"AZURE_OPENAI_API_KEY": KEY})
    assert KEY not in f"{azure} {azure!r}"
