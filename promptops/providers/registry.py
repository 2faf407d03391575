"""All providers: how a model in promptops.yml becomes something that can be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from promptops.errors import MissingExtraError, ProviderError
from promptops.extras import require_extra
from promptops.model.config import ModelSpec
from promptops.model.model_call import Provider
from promptops.model.vendors.table import VENDORS
from promptops.providers.cassette import RECORDED, CassetteProvider
from promptops.providers.endpoint import (
    account_headers,
    address_identity,
    key_variable,
    locate,
    needed_variables,
    resolve_endpoint,
)
from promptops.providers.local import LocalProvider
from promptops.providers.local_models import file_fingerprint, model_path
from promptops.providers.openai.chat_completions import ChatCompletionsProvider
from promptops.providers.openai.official_client import OpenAIProvider
from promptops.text.key_mask import KeyMask

Factory = Callable[[ModelSpec, Mapping[str, str], Path, Path], Provider]
"""From spec, secrets, cache folder and project root."""


def open_provider(spec: ModelSpec, secrets: Mapping[str, str], cache: Path, root: Path) -> Provider:
    """The model's provider. Nothing is contacted or started yet, but a missing key or name is a ProviderError now.

    `secrets` maps names of environment variables to values; only the one the spec names is looked at.
    """
    return PROVIDERS[spec.interface](spec, secrets, cache, root)


def missing_key(spec: ModelSpec, secrets: Mapping[str, str]) -> str:
    """The first environment variable that should hold a key of this model and does not; empty where none is missing."""
    return next((name for name in needed_variables(locate(spec, secrets)) if not secrets.get(name, "").strip()), "")


def model_fingerprint(spec: ModelSpec, cache: Path, root: Path) -> str:
    """What tells two models of one name apart: where it is called, or the digest of the local file."""
    if VENDORS[spec.provider].is_remote:
        return address_identity(spec)
    if spec.interface == "local":
        return file_fingerprint(model_path(spec.model, cache, root), cache)
    if spec.interface == "python":
        from promptops.providers.python_model.provider import code_fingerprint

        return code_fingerprint(spec, root)
    return RECORDED + _load_cassette(spec, root).digest


def _open_openai(spec: ModelSpec, secrets: Mapping[str, str]) -> Provider:
    endpoint = resolve_endpoint(spec, secrets)
    others = KeyMask.of_variables(secrets, (key_variable(spec, endpoint.url),))
    headers = {**account_headers(endpoint.url, secrets), **endpoint.headers}
    make = OpenAIProvider if spec.client == "openai" else ChatCompletionsProvider
    return make(spec, endpoint._replace(headers=headers), others)


def _open_anthropic(spec: ModelSpec, secrets: Mapping[str, str]) -> Provider:
    from promptops.providers.anthropic.api import AnthropicProvider

    _require_extra("anthropic", spec)
    endpoint = resolve_endpoint(spec, secrets)
    return AnthropicProvider(spec, endpoint, KeyMask.of_variables(secrets, (key_variable(spec, endpoint.url),)))


def _open_gemini(spec: ModelSpec, secrets: Mapping[str, str]) -> Provider:
    from promptops.providers.gemini.api import GeminiProvider

    _require_extra("gemini", spec)
    spec = locate(spec, secrets)
    endpoint = resolve_endpoint(spec, secrets)
    return GeminiProvider(spec, endpoint, KeyMask.of_variables(secrets, (key_variable(spec, endpoint.url),)))


def _open_bedrock(spec: ModelSpec, secrets: Mapping[str, str]) -> Provider:
    from promptops.providers.bedrock.api import BedrockProvider

    _require_extra("bedrock", spec)
    spec = locate(spec, secrets)
    endpoint = resolve_endpoint(spec, secrets)
    return BedrockProvider(spec, endpoint, KeyMask.of_variables(secrets, (key_variable(spec, endpoint.url),)))


def _open_local(spec: ModelSpec, cache: Path, root: Path) -> Provider:
    _require_extra("local", spec)
    return LocalProvider(spec, model_path(spec.model, cache, root))


def _open_python(spec: ModelSpec, secrets: Mapping[str, str], root: Path) -> Provider:
    from promptops.providers.python_model.provider import PythonProvider

    named = spec.python.variables if spec.python else ()
    return PythonProvider(spec, root, secrets, KeyMask.of_variables(secrets, named))


def _require_extra(extra: str, spec: ModelSpec) -> None:
    """ProviderError where the packages that call this model are not installed."""
    try:
        require_extra(extra, f"the provider '{spec.provider}'")
    except MissingExtraError as exc:
        # All in one sentence: a run keeps why it stopped, without hints.
        raise ProviderError(f"{exc}; type: {exc.hint}", where=spec.alias) from exc


def _load_cassette(spec: ModelSpec, root: Path) -> CassetteProvider:
    path = root / spec.model
    try:
        return CassetteProvider.load(path.read_text("utf-8"), path)
    except (OSError, ValueError) as exc:
        raise ProviderError(f"recorded replies cannot be read: {exc}", where=str(path)) from exc


PROVIDERS: dict[str, Factory] = {
    "openai": lambda spec, secrets, cache, root: _open_openai(spec, secrets),
    "anthropic": lambda spec, secrets, cache, root: _open_anthropic(spec, secrets),
    "gemini": lambda spec, secrets, cache, root: _open_gemini(spec, secrets),
    "bedrock": lambda spec, secrets, cache, root: _open_bedrock(spec, secrets),
    "local": lambda spec, secrets, cache, root: _open_local(spec, cache, root),
    "python": lambda spec, secrets, cache, root: _open_python(spec, secrets, root),
    "recorded": lambda spec, secrets, cache, root: _load_cassette(spec, root),
}
"""By interface: vendors that speak one language share a line (promptops.model.vendors.table)."""
