"""All providers: how a model in promptops.yml becomes something that can be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from promptops.errors import ProviderError
from promptops.model.config import ModelSpec, ProviderName
from promptops.model.model_call import Provider
from promptops.providers.cassette import RECORDED, CassetteProvider
from promptops.providers.endpoint import endpoint_url, is_loopback, key_variable, redact_url
from promptops.providers.local import LocalProvider
from promptops.providers.local_models import file_fingerprint, model_path
from promptops.providers.openai_api import OpenAIProvider
from promptops.text.key_mask import KeyMask

Factory = Callable[[ModelSpec, Mapping[str, str], Path, Path], Provider]
"""From spec, secrets, cache folder and project root."""


def open_provider(spec: ModelSpec, secrets: Mapping[str, str], cache: Path, root: Path) -> Provider:
    """The model's provider. Nothing is contacted or started yet, but a missing key or name is a ProviderError now.

    `secrets` maps names of environment variables to values; only the one the spec names is looked at.
    """
    return PROVIDERS[spec.provider](spec, secrets, cache, root)


def missing_key(spec: ModelSpec, secrets: Mapping[str, str]) -> str:
    """The environment variable that should hold this model's key and does not; empty where none is missing."""
    if spec.provider != "openai":
        return ""
    address = endpoint_url(spec)
    variable = key_variable(spec, address)
    return "" if not variable or secrets.get(variable, "").strip() or is_loopback(address) else variable


def key_hint(variable: str) -> str:
    """How a key is set on one's own machine, and what to do without one."""
    return f"set it: export {variable}=…   or take another model: --model NAME"


def model_fingerprint(spec: ModelSpec, cache: Path, root: Path) -> str:
    """What tells two models of one name apart: the base address, or the digest of the local file."""
    if spec.provider == "openai":
        return redact_url(endpoint_url(spec))
    if spec.provider == "local":
        return file_fingerprint(model_path(spec.model, cache, root), cache)
    return RECORDED + _load_cassette(spec, root).digest


def _open_openai(spec: ModelSpec, secrets: Mapping[str, str]) -> Provider:
    address = endpoint_url(spec)
    variable = key_variable(spec, address)
    key = secrets.get(variable, "").strip() if variable else ""
    if missing_key(spec, secrets):
        raise ProviderError(
            f"there is no key for {redact_url(address)}: the environment variable {variable} is not set",
            where=spec.alias,
            hint=key_hint(variable),
        )
    if not (key.isascii() and key.isprintable()):
        raise ProviderError(f"the key in {variable} has characters no key has", where=spec.alias, hint="copy it again")
    return OpenAIProvider(spec, key, others=KeyMask.of_variables(secrets, (variable,)))


def _load_cassette(spec: ModelSpec, root: Path) -> CassetteProvider:
    path = root / spec.model
    try:
        return CassetteProvider.load(path.read_text("utf-8"), path)
    except (OSError, ValueError) as exc:
        raise ProviderError(f"recorded replies cannot be read: {exc}", where=str(path)) from exc


PROVIDERS: dict[ProviderName, Factory] = {
    "openai": lambda spec, secrets, cache, root: _open_openai(spec, secrets),
    "local": lambda spec, secrets, cache, root: LocalProvider(spec, model_path(spec.model, cache, root)),
    "recorded": lambda spec, secrets, cache, root: _load_cassette(spec, root),
}
