"""All that `provider:` may say. A vendor is a row here; an interface is one line in promptops.providers.registry.

Addresses and names of variables are the vendors' own, from their documentation.
"""

from __future__ import annotations

from typing import NamedTuple


class Vendor(NamedTuple):
    """Who serves models.

    `interface` says which code calls it; `address` is its usual base address, `key` and `address_variable` the usual
    names of environment variables. `key_header` carries the bare key where it is not `Authorization: Bearer KEY`.
    `prices` is its name in genai-prices. `is_own_server`: what answers on this machine costs nothing. `is_listed`:
    promptops.yml may name it.
    """

    interface: str
    address: str = ""
    key: str = ""
    address_variable: str = ""
    key_header: str = ""
    prices: str = ""
    is_own_server: bool = False
    is_listed: bool = True

    @property
    def is_remote(self) -> bool:
        """Whether it is called at an address, most often with a key."""
        return self.interface not in ("local", "python", "recorded")


def _preset(address: str, key: str = "", *, prices: str = "", is_own_server: bool = False) -> Vendor:
    """A server that speaks OpenAI's language: an address and a key's name."""
    return Vendor("openai", address, key, prices=prices, is_own_server=is_own_server)


VENDORS: dict[str, Vendor] = {
    "openai": Vendor("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "OPENAI_BASE_URL", prices="openai"),
    "azure": Vendor("openai", "", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "api-key", prices="azure"),
    "anthropic": Vendor(
        "anthropic",
        "https://api.anthropic.com",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_BASE_URL",
        "x-api-key",  # `Authorization`, which the client prefers since 2.0, is new to most servers but its own
        prices="anthropic",
    ),
    "bedrock": Vendor(
        "bedrock", "https://bedrock-runtime.amazonaws.com", "", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", prices="aws"
    ),
    "gemini": Vendor(
        "gemini",
        "https://generativelanguage.googleapis.com",
        "GEMINI_API_KEY",
        "GOOGLE_GEMINI_BASE_URL",
        prices="google",
    ),
    "local": Vendor("local"),
    "python": Vendor("python"),
    "recorded": Vendor("recorded", is_listed=False),
    "cerebras": _preset("https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", prices="cerebras"),
    "deepseek": _preset("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", prices="deepseek"),
    "fireworks": _preset("https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY", prices="fireworks"),
    "groq": _preset("https://api.groq.com/openai/v1", "GROQ_API_KEY", prices="groq"),
    "litellm": _preset("http://localhost:4000/v1", "LITELLM_API_KEY"),
    "llamacpp": _preset("http://localhost:8080/v1", is_own_server=True),
    "lmstudio": _preset("http://localhost:1234/v1", is_own_server=True),
    "mistral": _preset("https://api.mistral.ai/v1", "MISTRAL_API_KEY", prices="mistral"),
    "moonshot": _preset("https://api.moonshot.ai/v1", "MOONSHOT_API_KEY", prices="moonshotai"),
    "ollama": _preset("http://localhost:11434/v1", is_own_server=True),
    "openrouter": _preset("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", prices="openrouter"),
    "perplexity": _preset("https://api.perplexity.ai", "PERPLEXITY_API_KEY", prices="perplexity"),
    "together": _preset("https://api.together.xyz/v1", "TOGETHER_API_KEY", prices="together"),
    "vllm": _preset("http://localhost:8000/v1", is_own_server=True),
    "xai": _preset("https://api.x.ai/v1", "XAI_API_KEY", prices="x-ai"),
}
LISTED = tuple(name for name, vendor in VENDORS.items() if vendor.is_listed)
"""What promptops.yml may name."""


def split_vendor(name: str) -> tuple[str, str] | None:
    """Vendor and model of `groq/llama-3.3-70b-versatile`; None where no vendor with an address or a key is meant."""
    prefix, _, model = name.partition("/")
    vendor = VENDORS.get(prefix)
    return (prefix, model) if model and vendor is not None and (vendor.address or vendor.key) else None
