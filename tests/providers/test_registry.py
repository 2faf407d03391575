"""From a line in promptops.yml to something that can be called, and the key that goes with it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from promptops.errors import ProviderError
from promptops.model.config import ModelSpec
from promptops.model.model_call import Reply
from promptops.model.vendors.table import VENDORS
from promptops.providers.cassette import CassetteEntry, CassetteProvider, dump_cassette
from promptops.providers.local import LocalProvider
from promptops.providers.openai.chat_completions import ChatCompletionsProvider
from promptops.providers.openai.official_client import OpenAIProvider
from promptops.providers.registry import PROVIDERS, missing_key, model_fingerprint, open_provider

SPEC = ModelSpec("triage", "openai", "gpt-4.1-mini")
FOREIGN = replace(SPEC, base_url="https://llm.acme.example/v1")


def opened(spec: ModelSpec, **secrets: str) -> ChatCompletionsProvider:
    provider = open_provider(spec, secrets, Path("cache"), Path("root"))
    assert isinstance(provider, ChatCompletionsProvider)
    return provider


def test_every_provider_has_its_factory() -> None:
    assert set(PROVIDERS) == {vendor.interface for vendor in VENDORS.values()}


@pytest.mark.parametrize(
    ("spec", "variable"),
    [(SPEC, "OPENAI_API_KEY"), (replace(FOREIGN, api_key_env="ACME_KEY"), "ACME_KEY")],
)
def test_a_missing_key_is_told_before_any_call(spec: ModelSpec, variable: str) -> None:
    for secrets in ({}, {variable: " "}):
        with pytest.raises(ProviderError, match=f"environment variable {variable} is not set") as caught:
            opened(spec, **secrets)
        assert caught.value.where == "triage"
        assert variable in caught.value.hint
    assert opened(spec, **{variable: "k-1\n"}).errors.api_key == "k-1"


def test_which_key_is_missing_can_be_asked_without_opening_anything() -> None:
    assert missing_key(SPEC, {}) == "OPENAI_API_KEY"
    assert missing_key(SPEC, {"OPENAI_API_KEY": "k"}) == ""
    assert missing_key(FOREIGN, {}) == ""
    assert missing_key(replace(FOREIGN, api_key_env="ACME_KEY", base_url="http://127.0.0.1:1/v1"), {}) == ""
    assert missing_key(ModelSpec("small", "local", "m.gguf"), {}) == ""


def test_the_official_client_calls_where_the_settings_say_so() -> None:
    provider = open_provider(replace(FOREIGN, client="openai"), {}, Path("cache"), Path("root"))
    assert isinstance(provider, OpenAIProvider)
    assert provider.endpoint == opened(FOREIGN).endpoint


def test_whose_account_is_asked_is_told_to_openai_only() -> None:
    secrets = {"OPENAI_API_KEY": "k-openai", "OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1"}
    assert opened(SPEC, **secrets).endpoint.headers == {"OpenAI-Organization": "org-1", "OpenAI-Project": "proj-1"}
    assert opened(SPEC, OPENAI_API_KEY="k").endpoint.headers == {}
    assert opened(FOREIGN, **secrets).endpoint.headers == {}


def test_a_key_goes_to_its_own_endpoint_only() -> None:
    secrets = {"OPENAI_API_KEY": "k-openai", "ACME_KEY": "k-acme"}
    assert opened(SPEC, **secrets).errors.api_key == "k-openai"
    assert opened(FOREIGN, **secrets).errors.api_key == ""
    assert opened(replace(FOREIGN, base_url="https://api.openai.com.evil.example/v1"), **secrets).errors.api_key == ""
    assert opened(replace(FOREIGN, api_key_env="ACME_KEY"), **secrets).errors.api_key == "k-acme"


@pytest.mark.parametrize("url", ["http://localhost:11434/v1", "http://127.0.0.1:1/v1", "http://[::1]:8000/v1"])
def test_this_machine_needs_no_key(url: str) -> None:
    assert opened(replace(SPEC, base_url=url, api_key_env="OPENAI_API_KEY")).errors.api_key == ""


def test_a_key_that_cannot_be_one_is_told_without_showing_it() -> None:
    with pytest.raises(ProviderError, match="characters no key has") as caught:
        opened(SPEC, OPENAI_API_KEY="sk-\u201cquoted\u201d")
    assert "quoted" not in str(caught.value)


def test_the_fingerprint_is_the_address_without_its_secrets() -> None:
    assert model_fingerprint(SPEC, Path(), Path()) == "https://api.openai.com/v1"
    spec = replace(SPEC, base_url="https://ada:secret@llm.acme.example/v1/?key=secret&api-version=2024-10-21")
    assert model_fingerprint(spec, Path(), Path()) == "https://llm.acme.example/v1?api-version=2024-10-21"


def test_a_local_model_is_found_from_the_project(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF1")
    spec = ModelSpec("small", "local", "m.gguf")
    provider = open_provider(spec, {}, tmp_path / "cache", tmp_path)
    assert isinstance(provider, LocalProvider)
    assert provider.path == tmp_path / "m.gguf"
    first = model_fingerprint(spec, tmp_path / "cache", tmp_path)
    (tmp_path / "m.gguf").write_bytes(b"GGUF22")
    assert model_fingerprint(spec, tmp_path / "cache", tmp_path) != first


def test_recorded_replies_can_be_a_model(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(dump_cassette([CassetteEntry("a", "1", Reply("x"))]), "utf-8")
    spec = ModelSpec("old", "recorded", "a.jsonl")
    provider = open_provider(spec, {}, tmp_path, tmp_path)
    assert isinstance(provider, CassetteProvider)
    assert model_fingerprint(spec, tmp_path, tmp_path) == f"recorded:{provider.digest}"
    with pytest.raises(ProviderError, match="cannot be read"):
        open_provider(replace(spec, model="none.jsonl"), {}, tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("provider", "module"), [("anthropic", "anthropic"), ("gemini", "google.genai"), ("bedrock", "boto3")]
)
def test_a_vendors_client_that_is_missing_is_told_with_the_line_to_type(
    provider: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ProviderError) as caught:
        open_provider(ModelSpec("it", provider, "m", region="eu-west-1"), {}, Path(), Path())
    wanted = f"needs {module}, which is not installed; type: pip install 'git-promptops[{provider}]'"
    assert wanted in str(caught.value)
