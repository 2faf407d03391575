"""Base addresses of endpoints: checked, classified, and without their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from promptops.errors import ProviderError
from promptops.model.config import OPENAI_BASE_URL, ModelSpec


class Endpoint(NamedTuple):
    """Where and how a model is called. `url` is the base address without a query and without a slash at the end.

    `headers` and `query` go with every call; an empty `api_key` means that none is sent.
    """

    url: str
    api_key: str = ""
    headers: Mapping[str, str] = {}
    query: Mapping[str, str] = {}


def endpoint_url(spec: ModelSpec) -> str:
    """The base address the model is called at, without a slash at the end."""
    return (spec.base_url or OPENAI_BASE_URL).rstrip("/")


def parse_host(url: str) -> str:
    """The host of an http or https address. Raises ProviderError for any other text."""
    try:
        parts = urlsplit(url)
        host, secret, _ = parts.hostname, parts.password, parts.port
    except ValueError:
        host = secret = None
    if secret:
        raise ProviderError(
            f"the address {redact_url(url)} was given with a password in it",
            hint="secrets go into an environment variable: name it with apiKeyEnv",
        )
    if not host or parts.scheme not in ("http", "https"):
        raise ProviderError(
            f"'{redact_url(url)}' is not the address of an endpoint",
            hint="write baseUrl as http://HOST:PORT/v1 or https://HOST/v1",
        )
    return host


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine: no key is needed and no proxy asked."""
    host = parse_host(url)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_openai(url: str) -> bool:
    """Whether the address is OpenAI's own."""
    return f".{parse_host(url)}".endswith(".openai.com")


def key_variable(spec: ModelSpec, url: str) -> str:
    """The environment variable with the key for an address, empty for none: OPENAI_API_KEY is no other endpoint's."""
    return spec.api_key_env or ("OPENAI_API_KEY" if is_openai(url) else "")


def redact_url(url: str) -> str:
    """The address without user, password and query, for messages and digests."""
    scheme, separator, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    if not separator:
        return url.rpartition("@")[2].partition("?")[0]
    return f"{scheme}{separator}{place.rpartition('@')[2]}{slash}{path.partition('?')[0]}"
