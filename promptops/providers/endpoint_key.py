"""What tells endpoints apart, and models there: whatever they are called in promptops.yml."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from promptops.errors import ProviderError
from promptops.model.config import ModelSpec
from promptops.model.vendors.table import VENDORS
from promptops.providers.endpoint import endpoint_url, key_variable

EndpointKey = tuple[str, ...]


@lru_cache(maxsize=512)  # asked several times for each call
def endpoint_key(spec: ModelSpec) -> EndpointKey:
    """What a server counts calls by: address and key, whatever models are called there; else the model itself."""
    if not VENDORS[spec.provider].is_remote:
        return spec.provider, spec.model
    try:
        address = endpoint_url(spec)
    except ProviderError:  # no address: whoever calls it will say so, or the vendor's client knows it
        address = ""
    places = (spec.project, spec.location, spec.region)
    return spec.interface, comparable_address(address), _key_name(spec, address), *filter(None, places)


@lru_cache(maxsize=512)
def model_key(spec: ModelSpec) -> EndpointKey:
    """One model at one endpoint, whatever its alias: what limits hold for."""
    return *endpoint_key(spec), spec.model


def comparable_address(url: str) -> str:
    """The address as it is compared: letters of scheme and host do not differ by case, the usual port is no port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    scheme = parts.scheme.lower()
    user, at, host = parts.netloc.rpartition("@")
    host = host.lower()
    if port == {"http": 80, "https": 443}.get(scheme):
        host = host.removesuffix(f":{port}")
    query = f"?{parts.query}" if parts.query else ""
    return f"{scheme}://{user}{at}{host}{parts.path.rstrip('/')}{query}"


def _key_name(spec: ModelSpec, address: str) -> str:
    try:
        return key_variable(spec, address)
    except ProviderError:  # no address: whoever calls it will say so
        return spec.api_key_env
