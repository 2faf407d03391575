"""Where models are called: addresses checked, completed, and with the key, headers and query that go there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

from promptops.errors import ProviderError
from promptops.model.config import EnvironmentValue, ModelSpec, SettingValue, value_flaw
from promptops.model.vendors.table import VENDORS
from promptops.providers.cloud_address import VERTEX_VARIABLE, cloud_url, is_vertex, with_environment

if TYPE_CHECKING:
    from promptops.text.key_mask import KeyMask


class Endpoint(NamedTuple):
    """Where and how a model is called. `url` is the base address without a query and without a slash at the end.

    `headers` and `query` go with every call; an empty `api_key` means that none is sent. `secrets` are all values
    among them that may be keys: nothing that is shown or kept may hold one.
    """

    url: str
    api_key: str = ""
    headers: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<endpoint {redact_url(self.url)}>"

    @property
    def keys(self) -> KeyMask:
        """All that is secret in it: nothing of that may stand in an error or in a reply."""
        # Not for those who only check an address.
        from promptops.text.key_mask import KeyMask, keys_in_pairs, keys_in_url

        named = (*keys_in_pairs(self.headers), *keys_in_pairs(self.query))
        return KeyMask((self.api_key, *self.secrets, *keys_in_url(self.url), *named))


def locate(spec: ModelSpec, variables: Mapping[str, str]) -> ModelSpec:
    """The model with what the environment says of where it is called: `base_url_env` names the variable that did.

    `baseUrlEnv` comes before `baseUrl`; a vendor's own variable (OPENAI_BASE_URL) counts where nothing else is said.
    """
    spec = with_environment(spec, variables)
    if found := _address_in(spec.base_url_env, variables):
        return replace(spec, base_url=found)
    if spec.base_url:
        return replace(spec, base_url_env="") if spec.base_url_env else spec
    usual = VERTEX_VARIABLE if is_vertex(spec) else VENDORS[spec.provider].address_variable
    if not spec.base_url_env and (found := _address_in(usual, variables)):
        return replace(spec, base_url=found, base_url_env=usual)
    return spec


def _address_in(name: str, variables: Mapping[str, str]) -> str:
    return variables.get(name, "").strip().rstrip("/") if name else ""


def resolve_endpoint(spec: ModelSpec, variables: Mapping[str, str]) -> Endpoint:
    """All that a call needs. ProviderError, naming the model, for what is missing or cannot be sent.

    `variables` are those of the environment; only the ones that the model names, or its vendor usually has, are read.
    """
    spec = locate(spec, variables)
    url, vendor = endpoint_url(spec), VENDORS[spec.provider]
    query = {**_own_query(spec), **_values(spec, spec.query, "part of the query", variables)}
    headers = _values(spec, spec.headers, "header", variables)
    secrets = _secrets(spec, headers, query)
    key = "" if _brings_own_key(spec) else _key(spec, url, variables)
    secrets += [key] if key else []
    if key and vendor.key_header:
        headers[vendor.key_header], key = key, ""
    return Endpoint(url, key, headers, query, tuple(secrets))


def plain_endpoint(spec: ModelSpec, api_key: str = "", url: str = "") -> Endpoint:
    """Where a model is called whose settings name no variables: at its base address, or at `url`."""
    from promptops.text.key_mask import keys_in_url

    address = (url or endpoint_url(spec)).rstrip("/")
    return Endpoint(address, api_key.strip(), query=_own_query(spec), secrets=tuple(keys_in_url(spec.base_url)))


def endpoint_url(spec: ModelSpec) -> str:
    """The base address the model is called at, without a query and without a slash at the end.

    ProviderError where none is said, and none is usual.
    """
    vendor = VENDORS[spec.provider]
    if spec.base_url_env and not spec.base_url:
        name = spec.base_url_env
        message = f"the environment variable {name}, which baseUrlEnv names, is not set"
        raise ProviderError(message, where=spec.alias, hint=f"set it: export {name}=https://…")
    if not (written := spec.base_url or cloud_url(spec) or vendor.address):
        also = f", or set {vendor.address_variable}" if vendor.address_variable else ""
        message = f"there is no address for the provider '{spec.provider}'"
        raise ProviderError(message, where=spec.alias, hint=f"add baseUrl: https://… to it in promptops.yml{also}")
    bare, _, own_query = written.partition("?")
    if spec.provider == "azure":
        return _azure_url(bare.rstrip("/"), spec.model, "api-version=" in own_query or "api-version" in spec.query)
    return bare.rstrip("/")


@lru_cache(maxsize=256)
def _azure_url(written: str, deployment: str, has_version: bool) -> str:
    """Azure's two ways: `/openai/v1`, or one address for each deployment where a version of the API is named."""
    address = written.removesuffix("/chat/completions")
    if "/openai/v1" in address or "/deployments/" in address:
        return address
    root = address.removesuffix("/openai")
    return f"{root}/openai/deployments/{quote(deployment, safe='')}" if has_version else f"{root}/openai/v1"


def _own_query(spec: ModelSpec) -> dict[str, str]:
    return dict(parse_qsl(spec.base_url.partition("?")[2].partition("#")[0], keep_blank_values=True))


def _values(
    spec: ModelSpec, given: Mapping[str, SettingValue], what: str, variables: Mapping[str, str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in given.items():
        if isinstance(value, EnvironmentValue):
            text = variables.get(value.name, "").strip()
            if not text:
                raise ProviderError(
                    f"the {what} '{name}' is in the environment variable {value.name}, which is not set",
                    where=spec.alias,
                    hint=f"set it: export {value.name}=…",
                )
            if flaw := value_flaw(text, ascii_only=what == "header"):
                message = f"the value of {value.name} for the {what} '{name}' has {flaw}"
                raise ProviderError(message, where=spec.alias, hint="copy it again")
            found[name] = text
        else:
            found[name] = value
    return found


def _secrets(spec: ModelSpec, headers: Mapping[str, str], query: Mapping[str, str]) -> list[str]:
    """What comes from variables, and what is called like a key; of `Bearer KEY` the key alone, too."""
    from promptops.text.key_mask import keys_in_url

    found = keys_in_url(spec.base_url)
    for given, written in ((headers, spec.headers), (query, spec.query)):
        for name, value in given.items():
            if isinstance(written.get(name), EnvironmentValue) or not _counts(name):
                found += [value, *value.split()[1:]]
    return found


def _key(spec: ModelSpec, url: str, variables: Mapping[str, str]) -> str:
    variable = key_variable(spec, url)
    key = variables.get(variable, "").strip() if variable else ""
    if variable and not key and not is_loopback(url):
        raise ProviderError(
            f"there is no key for {redact_url(url)}: the environment variable {variable} is not set",
            where=spec.alias,
            hint=key_hint(variable),
        )
    if not (key.isascii() and key.isprintable()):
        raise ProviderError(f"the key in {variable} has characters no key has", where=spec.alias, hint="copy it again")
    return key


def key_hint(variable: str) -> str:
    """How a key is set on one's own machine, and what to do without one."""
    return f"set it: export {variable}=…   or take another model: --model NAME"


def needed_variables(spec: ModelSpec) -> tuple[str, ...]:
    """The environment variables a call cannot do without: the key's, and those that headers and query name.

    A server on this machine may do without a key. ProviderError where there is no address.
    """
    if not VENDORS[spec.provider].is_remote:
        return spec.python.variables if spec.python else ()
    url = endpoint_url(spec)
    key = "" if _brings_own_key(spec) or is_loopback(url) else key_variable(spec, url)
    return tuple(dict.fromkeys([*filter(None, [key]), *_named_variables(spec)]))


def _named_variables(spec: ModelSpec) -> list[str]:
    values = (*spec.headers.values(), *spec.query.values())
    return [value.name for value in values if isinstance(value, EnvironmentValue)]


def _brings_own_key(spec: ModelSpec) -> bool:
    """Whether a header of the model's own stands where the key would."""
    own = {"authorization", VENDORS[spec.provider].key_header} - {""}
    return any(name.lower() in own for name in spec.headers)


def address_identity(spec: ModelSpec) -> str:
    """What tells one place from another, without any secret: base address, query, and headers where there are some.

    Of a variable its name counts, of what is called like a key nothing: a new key is no new place.
    """
    query = {**_own_query(spec), **spec.query}
    address = redact_url(endpoint_url(spec))
    if shown := "&".join(f"{quote(name)}={_told(value)}" for name, value in sorted(query.items()) if _counts(name)):
        address += f"?{shown}"
    headers = sorted((name.lower(), _told(value)) for name, value in spec.headers.items() if _counts(name))
    return address + "".join(f" {name}={value}" for name, value in headers)


def _told(value: SettingValue) -> str:
    return f"${value.name}" if isinstance(value, EnvironmentValue) else quote(value)


def _counts(name: str) -> bool:
    from promptops.text.key_mask import is_called_like_key  # not for those who only check an address

    return not is_called_like_key(name)


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
    from ipaddress import ip_address  # most addresses have names

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_openai(url: str) -> bool:
    """Whether the address is OpenAI's own."""
    return f".{parse_host(url)}".endswith(".openai.com")


def key_variable(spec: ModelSpec, url: str) -> str:
    """The environment variable with the key for an address, empty for none.

    `openai` stands for whoever speaks its language, so OPENAI_API_KEY goes to OpenAI and to OPENAI_BASE_URL only.
    """
    vendor = VENDORS[spec.provider]
    if spec.api_key_env or is_vertex(spec):
        return spec.api_key_env
    if spec.provider != "openai":
        return vendor.key
    return vendor.key if is_openai(url) or spec.base_url_env == vendor.address_variable else ""


def account_headers(url: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """Whose account of OpenAI's is asked, by the variables that its own client reads. No other endpoint hears of it."""
    named = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"} if is_openai(url) else {}
    return {header: value for header, name in named.items() if (value := secrets.get(name, "").strip())}


def redact_url(url: str) -> str:
    """The address without user, password and query, for messages and digests."""
    scheme, separator, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    if not separator:
        return url.rpartition("@")[2].partition("?")[0]
    return f"{scheme}{separator}{place.rpartition('@')[2]}{slash}{path.partition('?')[0]}"
