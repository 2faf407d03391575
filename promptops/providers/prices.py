"""The cost of a call in US dollars, and a model's context window. What is not known is None, never 0."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from promptops.errors import ProviderError
from promptops.extras import extra_imports
from promptops.model.chat.token_estimate import LOCAL_WINDOW
from promptops.model.config import ModelSpec
from promptops.model.model_call import Usage
from promptops.model.vendors.table import VENDORS
from promptops.providers.endpoint import endpoint_url, is_loopback, redact_url

_MILLION = 1_000_000
_KINDS = ("input", "output", "cache_read", "cache_write")


def reply_cost(spec: ModelSpec, usage: Usage) -> float | None:
    """US dollars for a call, None when the price or the usage is not known.

    From the spec's own prices; else 0.0 where this machine answers by itself; else from the tables inside genai-prices
    (offline: they change with the package's version only), for the vendor, of `openai` for whoever has the address.
    """
    if spec.prices is None and _is_free(spec):
        return 0.0
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    if (own := spec.prices) is not None:
        return _sum(usage, own.input, own.output, own.cached_input)
    listed = _find_listed(spec.provider, _address(spec), spec.model)
    return _listed_cost(listed, usage) if listed else None


def is_price_known(spec: ModelSpec) -> bool:
    """Whether a call's cost is known once its tokens are counted."""
    return reply_cost(spec, Usage(1, 1)) is not None


def context_window(spec: ModelSpec) -> int | None:
    """How many tokens the model reads and writes together in one call, None when the tables do not say.

    MissingExtraError where the tables are not installed and would have to be asked.
    """
    if spec.provider == "local":
        return LOCAL_WINDOW
    try:
        listed = _find_listed(spec.provider, _address(spec), spec.model)
    except ProviderError:
        return None  # not an address: whoever calls it will say so
    return getattr(listed[1], "context_window", None) if listed else None


def _is_free(spec: ModelSpec) -> bool:
    """Whether nobody is paid: the embedded model, or a server of one's own on this machine (Ollama passes some on)."""
    if spec.interface == "local":
        return True
    is_own = VENDORS[spec.provider].is_own_server and not spec.model.endswith("-cloud")
    return is_own and is_loopback(endpoint_url(spec))


def _address(spec: ModelSpec) -> str:
    return endpoint_url(spec) if VENDORS[spec.provider].is_remote else ""


@lru_cache(maxsize=256)
def _find_listed(provider: str, address: str, model: str) -> tuple[Any, Any] | None:
    """Provider and model in the tables; None where they are not listed, as whatever answers on this machine."""
    vendor = VENDORS[provider]
    if not vendor.is_remote or is_loopback(address):
        return None
    with extra_imports("the list of prices"):
        from genai_prices.data_snapshot import get_snapshot  # 0.13 s, and only where a price is looked up

    name, place = (None, redact_url(address)) if provider == "openai" else (vendor.prices, None)
    try:
        return get_snapshot().find_provider_model(model, None, name, place) if name != "" else None
    except LookupError:
        return None


def _listed_cost(listed: tuple[Any, Any], usage: Usage) -> float | None:
    provider, model = listed
    now = datetime.now(UTC)  # some prices change with the hour
    prices = model.get_prices(now)
    asked, given, cached, written = (getattr(prices, f"{name}_mtok", None) for name in _KINDS)
    if asked is None or given is None:
        return None  # a model of images or speech: its tables say nothing of text
    is_flat = all(isinstance(price, Decimal | None) for price in (asked, given, cached, written))
    if is_flat and getattr(prices, "requests_kcount", None) is None:
        remembering = (None if price is None else float(price) for price in (cached, written))
        return _sum(usage, float(asked), float(given), *remembering)
    from genai_prices import Usage as Tokens

    # Steps by length, or a price for each request: their own sums, 0.2 ms a call.
    tokens = Tokens(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=None if cached is None else usage.cached_input_tokens,
        cache_write_tokens=None if written is None else usage.cache_write_tokens,
    )
    return float(model.calc_price(tokens, provider, genai_request_timestamp=now).total_price)


def _sum(usage: Usage, asked: float, given: float, cached: float | None, written: float | None = None) -> float:
    """US dollars at these prices per million; what has no price of its own (None) costs like other input."""
    total = (usage.input_tokens or 0) * asked + (usage.output_tokens or 0) * given
    for count, price in ((usage.cached_input_tokens, cached), (usage.cache_write_tokens, written)):
        if price is not None:
            total += (count or 0) * (price - asked)
    return total / _MILLION
