"""What a call costs: the project's price, the table's, nothing on this machine, or unknown."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from promptops.model.chat.token_estimate import LOCAL_WINDOW
from promptops.model.config import ModelSpec, Prices
from promptops.model.model_call import Usage
from promptops.providers import prices
from promptops.providers.prices import context_window, is_price_known, reply_cost

OPENAI = ModelSpec("triage", "openai", "gpt-4.1-mini")
USAGE = Usage(1_000_000, 500_000)


def test_the_projects_own_prices_come_first() -> None:
    assert reply_cost(replace(OPENAI, prices=Prices(2.0, 8.0)), USAGE) == pytest.approx(6.0)
    assert reply_cost(replace(OPENAI, provider="local", prices=Prices(0.0, 2.0)), USAGE) == pytest.approx(1.0)


def test_the_table_knows_the_endpoints_provider() -> None:
    found = reply_cost(OPENAI, USAGE)
    assert found is not None
    # Against the package's own sum, at any price of the day.
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    expected = calc_price(
        Tokens(input_tokens=1_000_000, output_tokens=500_000), "gpt-4.1-mini", provider_id="openai"
    ).total_price
    assert found == pytest.approx(float(expected))
    assert found > 0


def test_steps_by_length_are_the_tables_own_sum() -> None:
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price
    from genai_prices.data import providers
    from genai_prices.types import ModelPrice, TieredPrices

    google = next(provider for provider in providers if provider.id == "google")
    tiered = next(
        model.id
        for model in google.models
        if isinstance(model.prices, ModelPrice) and isinstance(getattr(model.prices, "input_mtok", None), TieredPrices)
    )
    url = "https://generativelanguage.googleapis.com/v1beta/openai"
    for asked in (1_000, 900_000):
        expected = calc_price(Tokens(input_tokens=asked, output_tokens=10), tiered, provider_api_url=url).total_price
        assert reply_cost(ModelSpec("m", "openai", tiered, url), Usage(asked, 10)) == pytest.approx(float(expected))


@pytest.mark.parametrize(
    ("provider", "model", "listed"),
    [
        ("groq", "llama-3.3-70b-versatile", "groq"),
        ("mistral", "mistral-large-latest", "mistral"),
        ("deepseek", "deepseek-chat", "deepseek"),
        ("xai", "grok-4.3", "x-ai"),
        ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "together"),
        ("openrouter", "anthropic/claude-sonnet-4.5", "openrouter"),
        ("azure", "gpt-5.4-mini", "azure"),
    ],
)
def test_a_vendors_price_is_its_own_wherever_it_is_called(provider: str, model: str, listed: str) -> None:
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    expected = calc_price(Tokens(input_tokens=1_000, output_tokens=10), model, provider_id=listed).total_price
    for address in ("", "https://gateway.acme.example/v1"):
        spec = ModelSpec("m", provider, model, address or ("https://r.openai.azure.com" if provider == "azure" else ""))
        assert reply_cost(spec, Usage(1_000, 10)) == pytest.approx(float(expected))


@pytest.mark.parametrize("provider", ["ollama", "vllm", "lmstudio", "llamacpp"])
def test_a_server_of_ones_own_on_this_machine_costs_nothing_and_elsewhere_nobody_knows(provider: str) -> None:
    spec = ModelSpec("m", provider, "llama3.3")
    assert reply_cost(spec, Usage()) == 0.0
    assert reply_cost(replace(spec, base_url="http://gpu.acme.example:8000/v1"), USAGE) is None
    assert reply_cost(replace(spec, prices=Prices(1.0, 2.0)), USAGE) == pytest.approx(2.0)


def test_what_a_server_on_this_machine_passes_on_has_no_known_price() -> None:
    assert reply_cost(ModelSpec("m", "litellm", "gpt-5.4-mini"), USAGE) is None
    assert reply_cost(ModelSpec("m", "ollama", "gpt-oss:120b-cloud"), USAGE) is None
    assert reply_cost(ModelSpec("m", "groq", "a-model-nobody-sells"), USAGE) is None


def test_the_embedded_model_costs_nothing() -> None:
    assert reply_cost(ModelSpec("small", "local", ""), Usage()) == 0.0


@pytest.mark.parametrize(
    "spec",
    [
        replace(OPENAI, model="a-model-nobody-sells"),
        replace(OPENAI, base_url="https://llm.acme.example/v1"),
        replace(OPENAI, base_url="http://127.0.0.1:8000/v1"),
        replace(OPENAI, model="text-embedding-3-small"),
        ModelSpec("old", "recorded", "gpt-4.1-mini"),
    ],
    ids=lambda spec: f"{spec.base_url} {spec.model}",
)
def test_an_unknown_price_is_unknown(spec: ModelSpec) -> None:
    assert reply_cost(spec, USAGE) is None


@pytest.mark.parametrize("usage", [Usage(), Usage(5, None), Usage(None, 5)])
def test_unknown_usage_has_no_cost(usage: Usage) -> None:
    assert reply_cost(OPENAI, usage) is None
    assert reply_cost(replace(OPENAI, prices=Prices(1, 1)), usage) is None


def test_a_price_is_looked_up_once_and_nothing_runs_in_the_background() -> None:
    before = threading.active_count()
    for _ in range(1000):
        reply_cost(OPENAI, Usage(100, 50))
        reply_cost(replace(OPENAI, model="nobody-sells-this"), USAGE)
    info = prices._find_listed.cache_info()
    assert info.hits >= 1990
    assert threading.active_count() == before


def test_the_window_of_a_model_is_known_from_the_tables_and_of_this_machine_s() -> None:
    assert context_window(replace(OPENAI, model="gpt-4")) == 8192
    assert context_window(ModelSpec("small", "local", "any.gguf")) == LOCAL_WINDOW


@pytest.mark.parametrize("changed", [{"model": "nobody-sells-this"}, {"base_url": "http://localhost:1/v1"},
                                     {"base_url": "nowhere"}, {"provider": "recorded"}])  # fmt: skip
def test_the_window_of_another_model_is_not_known(changed: dict[str, str]) -> None:
    assert context_window(replace(OPENAI, **changed)) is None  # type: ignore[arg-type]


def test_remembered_input_has_its_own_price() -> None:
    usage = Usage(1_000_000, 0, None, 800_000)
    assert reply_cost(replace(OPENAI, prices=Prices(2.0, 8.0, 0.5)), usage) == pytest.approx(0.4 + 0.4)
    assert reply_cost(replace(OPENAI, prices=Prices(2.0, 8.0)), usage) == pytest.approx(2.0)
    assert reply_cost(replace(OPENAI, prices=Prices(2.0, 8.0, 0.0)), usage) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("model", "url"),
    [("gpt-4.1-mini", ""), ("gemini-2.5-pro", "https://generativelanguage.googleapis.com/v1beta/openai")],
)
def test_the_tables_know_the_price_of_remembered_input(model: str, url: str) -> None:
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    tokens = Tokens(input_tokens=10_000, output_tokens=100, cache_read_tokens=9_000)
    expected = calc_price(tokens, model, provider_api_url=url or "https://api.openai.com/v1").total_price
    spec = ModelSpec("m", "openai", model, url)
    found = reply_cost(spec, Usage(10_000, 100, None, 9_000))
    assert found == pytest.approx(float(expected))
    assert found is not None
    assert found < (reply_cost(spec, Usage(10_000, 100)) or 0.0)


def test_a_price_is_known_before_a_call() -> None:
    assert is_price_known(OPENAI)
    assert is_price_known(ModelSpec("small", "local", ""))
    assert not is_price_known(replace(OPENAI, model="a-model-nobody-sells"))
    assert is_price_known(replace(OPENAI, model="a-model-nobody-sells", prices=Prices(0, 0)))


def test_what_is_written_down_for_later_calls_costs_what_the_vendor_says() -> None:
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    spec = ModelSpec("claude", "anthropic", "claude-opus-4-5")
    usage = Usage(1_000_000, 10_000, None, 600_000, 300_000)
    tokens = Tokens(input_tokens=1_000_000, output_tokens=10_000, cache_read_tokens=600_000, cache_write_tokens=300_000)
    expected = calc_price(tokens, "claude-opus-4-5", provider_id="anthropic").total_price
    assert reply_cost(spec, usage) == pytest.approx(float(expected))
    assert reply_cost(replace(spec, prices=Prices(1.0, 1.0)), usage) == pytest.approx(1.01)
    assert reply_cost(replace(spec, base_url="http://127.0.0.1:1"), usage) is None
