"""What tells endpoints apart, and models there: not the alias, nor how an address is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptops.model.config import ModelSpec
from promptops.providers.endpoint_key import endpoint_key, model_key

SPEC = ModelSpec("small", "openai", "m-1", "https://api.example.com/v1", "KEY")


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example.com/v1/",
        "https://API.Example.com/v1",
        "HTTPS://api.example.com/v1",
        "https://api.example.com:443/v1",
    ],
)
def test_an_address_is_the_same_however_it_is_written(address: str) -> None:
    assert model_key(replace(SPEC, alias="other", base_url=address)) == model_key(SPEC)


@pytest.mark.parametrize(
    "other",
    [
        {"base_url": "http://api.example.com/v1"},
        {"base_url": "https://api.example.com:8443/v1"},
        {"base_url": "https://api.example.com/v2"},
        {"base_url": "https://api.example.com/V1"},
        {"api_key_env": "OTHER"},
        {"model": "m-2"},
    ],
)
def test_another_address_key_or_model_has_limits_of_its_own(other: dict[str, str]) -> None:
    assert model_key(replace(SPEC, **other)) != model_key(SPEC)  # type: ignore[arg-type]  # a dict of fields


def test_openai_s_own_key_is_the_same_said_or_not() -> None:
    plain = ModelSpec("a", "openai", "gpt-5-mini")
    said = ModelSpec("b", "openai", "gpt-5-mini", "https://api.openai.com/v1", "OPENAI_API_KEY")
    assert model_key(plain) == model_key(said)


def test_what_is_no_address_is_no_crash() -> None:
    broken = replace(SPEC, base_url="http://[::1")
    assert endpoint_key(broken) == endpoint_key(replace(broken, alias="twin"))
