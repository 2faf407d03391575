"""Which models share what a server allows: those at one address with one key, whatever they are called."""

from __future__ import annotations

from dataclasses import replace

from promptops.model.config import ModelSpec
from promptops.providers.endpoint_key import endpoint_key

GROQ = ModelSpec("quick", "groq", "llama")


def test_aliases_of_one_place_and_key_share_what_the_server_allows() -> None:
    same = ModelSpec("other", "openai", "gemma", "https://api.groq.com/openai/v1/", "GROQ_API_KEY")
    assert endpoint_key(GROQ) == endpoint_key(same)
    assert endpoint_key(GROQ) != endpoint_key(replace(GROQ, api_key_env="SECOND_KEY"))
    assert endpoint_key(GROQ) != endpoint_key(replace(GROQ, base_url="https://gateway.acme.example/v1"))


def test_a_query_is_no_other_place_to_be_counted_at() -> None:
    with_query = replace(GROQ, base_url="https://api.groq.com/openai/v1?trace=1")
    assert endpoint_key(with_query) == endpoint_key(GROQ)


def test_models_of_this_machine_are_counted_each_for_itself() -> None:
    one, other = ModelSpec("a", "local", "a.gguf"), ModelSpec("b", "local", "b.gguf")
    assert endpoint_key(one) != endpoint_key(other)
