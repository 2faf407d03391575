"""What went wrong at an OpenAI-compatible endpoint, in our words and with a hint that helps."""

from __future__ import annotations

import json
import math
import ssl
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from socket import gaierror
from typing import Any

from promptops.errors import ProviderBusyError, ProviderError, QuotaError
from promptops.model.config import ModelSpec
from promptops.providers.endpoint import key_variable, redact_url
from promptops.providers.transport.body_limit import BodyTooLargeError
from promptops.providers.transport.environment_proxy import PROXY_HINT
from promptops.text.key_mask import NO_KEYS, KeyMask, Masked, keys_in_url

_BUSY = frozenset({408, 409, 425, 429})
_SPENT = frozenset({
    "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "billing_error",
    "contract_spend_limit_reached", "enforced_spend_limit_reached", "linked_organization_spend_limit_reached",
})  # fmt: skip
_OUT_OF_CREDIT = "credit balance is too low"
"""Anthropic says it in words only, of a request that it calls invalid."""
_STATUS = ("openai.APIStatusError", "anthropic.APIStatusError")
_CONNECTION = (
    "openai.APIConnectionError", "anthropic.APIConnectionError", "httpx2.TransportError", "aiohttp.ClientError",
)  # fmt: skip
_OF_CLIENTS = ("openai.OpenAIError", "anthropic.AnthropicError", "httpx2.HTTPError", "httpx2.InvalidURL")
_NAMED_STATUS = {
    "rate_limit_exceeded": 429, "rate_limit_error": 429, "rate_limited": 429, "too_many_requests": 429,
    "resource_exhausted": 429, "overloaded": 503, "overloaded_error": 503, "service_unavailable": 503,
    "unavailable": 503, "server_error": 500, "internal_server_error": 500, "internal_error": 500, "internal": 500,
    "api_error": 500, "timeout": 504, "timeout_error": 504, "upstream_error": 502,
}  # fmt: skip
"""What errors inside an answer call themselves where they give no number."""
_EXCERPT = 200


_Translate = Callable[[Exception, "ErrorTranslator"], ProviderError | None]


@dataclass(frozen=True, slots=True)
class ErrorTranslator:
    """Turns whatever the client raises into ProviderErrors that name the model; a key never gets into them.

    `mask` takes out this model's key and those in its address, and whatever else `others` does.
    """

    spec: ModelSpec
    address: str
    api_key: str = field(default="", repr=False)
    others: KeyMask = NO_KEYS
    mask: KeyMask = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", self.others.also(self.api_key, *keys_in_url(self.address)))

    @contextmanager
    def translating(self, translate: _Translate | None = None) -> Iterator[None]:
        """Errors of the client, the transport and the network become ours; anything else is our bug and passes.

        `translate` knows the errors of another client than OpenAI's.
        """
        try:
            yield
        except ProviderError:
            raise
        except Exception as exc:
            found = translate(exc, self) if translate else self.translate(exc)
            if found is None:
                raise
            raise found from exc

    def translate(self, exc: Exception) -> ProviderError | None:
        """Our error for one of theirs, None when it is not of the client, the transport or the network."""
        for cause in _cause_chain(exc):
            if isinstance(cause, BodyTooLargeError):
                hint = f"raise limits.maxReplyBytes of '{self._where}' if it may be so long"
                return self.permanent(f"the answer is longer than {cause.limit:,} bytes and was not read on", hint)
            if isinstance(cause, zlib.error):
                return self.transient(f"the answer is broken off: it cannot be unpacked ({cause})")
        if isinstance(exc, ProviderError):
            return None
        if _is_a(exc, *_STATUS):
            status: Any = exc
            return self.from_status(status.status_code, status.body, status.response.headers)
        if type(exc) is TimeoutError:
            return self._late()
        if _is_a(exc, "aiohttp.InvalidURL"):
            return self.permanent(f"the call failed: {exc}")
        if isinstance(exc, OSError) or _is_a(exc, *_CONNECTION):
            return self._connection(exc)
        if _is_a(exc, *_OF_CLIENTS):
            return self.permanent(f"the call failed: {exc}")
        if isinstance(exc, ValueError):  # half a surrogate pair, or an infinite number
            return self.permanent(f"the request cannot be sent: {exc}")
        return None

    def permanent(self, message: str, hint: str = "", *, status: int = 0) -> ProviderError:
        """An error that would come again."""
        return ProviderError(self.mask(message), where=self._where, hint=hint, status=status)

    def transient(
        self,
        message: str,
        hint: str = "",
        retry_after: float | None = None,
        *,
        status: int = 0,
        rate_limited: bool = False,
    ) -> ProviderBusyError:
        """An error that may pass."""
        return ProviderBusyError(
            self.mask(message),
            where=self._where,
            hint=hint,
            status=status,
            retry_after=retry_after,
            rate_limited=rate_limited,
        )

    @property
    def _where(self) -> str:
        return self.spec.alias or self.spec.full_name

    def _late(self) -> ProviderBusyError:
        limit = self.spec.limits.timeout
        hint = f"raise limits.timeout of '{self._where}' if it needs more"
        return self.transient(f"no whole answer within {limit:g} s", hint)

    def _connection(self, exc: Exception) -> ProviderError:
        causes, address = list(_cause_chain(exc)), redact_url(self.address)
        for cause in causes:
            if _is_a(cause, "aiohttp.ClientHttpProxyError", "aiohttp.ClientProxyConnectionError"):
                return self._proxy(cause)
            if isinstance(cause, ssl.SSLCertVerificationError) and (why := getattr(cause, "verify_message", "")):
                return self.permanent(f"the certificate of {address} is not trusted: {why}")
            if isinstance(cause, ConnectionRefusedError):
                return self.transient(f"nothing listens at {address}", f"is the server running at {address}?")
            if isinstance(cause, gaierror):
                return self.transient(
                    f"the host of {address} is not known here", "check baseUrl, and that this machine is online"
                )
        if any(isinstance(cause, TimeoutError) for cause in causes):
            return self._late()
        said = next((text for cause in reversed(causes) if (text := _spoken(cause))), type(exc).__name__)
        return self.transient(f"the connection to {address} failed: {excerpt(self.mask(said))}")

    def _proxy(self, cause: Any) -> ProviderError:
        """A proxy that is not there, or lets nobody through."""
        if not _is_a(cause, "aiohttp.ClientHttpProxyError"):
            return self.transient(f"the proxy at {cause.host}:{cause.port} cannot be reached", PROXY_HINT)
        code = int(cause.status)
        message = f"the proxy answered {code}: {excerpt(self.mask(str(cause.message)))}"
        if code in _BUSY or code >= 500:
            return self.transient(message, PROXY_HINT, status=code)
        return self.permanent(message, PROXY_HINT, status=code)

    def from_status(self, code: int, body: object, headers: Mapping[str, str]) -> ProviderError:
        """The error for a status code and what came with it (`body`: the JSON's `error` object, or text)."""
        text, names = _error_message(body)
        said = excerpt(self.mask(text))
        message = f"the server answered {code}" + (f": {said}" if said else "")
        if code == 402 or names & _SPENT or _OUT_OF_CREDIT in text:
            return QuotaError(self.mask(message), where=self._where, hint="the account is used up; check its billing")
        if code in _BUSY or code >= 500:
            return self.transient(message, retry_after=retry_after(headers), status=code, rate_limited=code == 429)
        return self.permanent(message, self._hint(code, f"{said} {' '.join(names)}".lower()), status=code)

    def from_body(self, error: object, headers: Mapping[str, str]) -> ProviderError:
        """The error that an answer of 200 holds: some gateways put it inside, with its status or its name."""
        return self.from_status(_inner_status(error), {"error": error}, headers)

    def _hint(self, code: int, said: str) -> str:
        variable, address = key_variable(self.spec, self.address), redact_url(self.address)
        if code in (401, 403) and not variable:
            return f"add `apiKeyEnv: NAME` to '{self._where}' in promptops.yml, if {address} wants a key"
        if code == 401:
            return f"the key in the environment variable {variable} is wrong or has ended"
        if code == 403:
            return f"the key in {variable} may not use the model '{self.spec.model}'"
        if 300 <= code < 400:
            return f"it points elsewhere: set baseUrl to the address that it points to (now {address})"
        if code in (404, 405, 410):
            return f"check the model's name ('{self.spec.model}') and the base address ({address})"
        too_long = "context" in said and ("length" in said or "size" in said or "exceed" in said)
        if too_long or "prompt is too long" in said or code == 413:
            return "it is longer than the model's context: shorten the case or the prompt, or take a larger model"
        return "check modelParameters, tools and responseFormat: this endpoint may not know all of them"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait from `retry-after-ms` or `Retry-After` (seconds or an HTTP date), None when neither says."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * scale
        except ValueError:
            continue
        if math.isfinite(seconds):
            return max(seconds, 0.0)
    if (until := _http_date(headers.get("retry-after", ""))) is None:
        return None
    now = _http_date(headers.get("date", ""))  # the server's own clock, where it says it: ours may be wrong
    return max(until - (time.time() if now is None else now), 0.0)


def _http_date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def excerpt(text: Masked) -> str:
    """The beginning of a text as one printable line. Of a key that is cut before it is masked a part would be left."""
    line = " ".join("".join(c if c.isprintable() or c.isspace() else "�" for c in text[: 4 * _EXCERPT]).split())
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT]}…"


def _error_message(body: object) -> tuple[str, frozenset[str]]:
    """What an error body says, whole, and the names (code, type) it gives itself."""
    error: Any = body.get("error", body) if isinstance(body, dict) else body or ""
    if not isinstance(error, dict):
        return str(error), frozenset()
    details = error.get("details")
    inner = details.get("error_code") if isinstance(details, dict) else None
    names = frozenset(str(one) for one in (error.get("code"), error.get("type"), inner) if one is not None)
    text = error.get("message") or error.get("detail") or json.dumps(error, ensure_ascii=False)
    return str(text), names


def error_body(content: bytes) -> object:
    """What came with an error, for `from_status`: JSON, else the text as it is."""
    text = content.decode("utf-8", "replace").strip()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _is_a(exc: BaseException, *names: str) -> bool:
    """Whether it is one of these classes, as `module.Class`. A module that is not loaded has raised nothing."""
    for module, _, name in (each.rpartition(".") for each in names):
        if module in sys.modules and isinstance(exc, getattr(sys.modules[module], name)):
            return True
    return False


def _spoken(cause: BaseException) -> str:
    """What an error says; of an answer that is no HTTP without the address, which may hold a key."""
    return str(getattr(cause, "message", "")) if _is_a(cause, "aiohttp.ClientResponseError") else str(cause)


def _inner_status(error: object) -> int:
    """The HTTP status an error inside an answer stands for; 400, which does not pass, where it does not say."""
    if not isinstance(error, dict):
        return 400
    said = [error.get(key) for key in ("code", "status", "type")]
    numbers = [int(value) for value in said if isinstance(value, int | str) and str(value).isdecimal()]
    names = [_NAMED_STATUS.get(str(value).lower().replace("-", "_")) for value in said]
    return next((status for status in (*numbers, *names) if status and 100 <= status < 600), 400)


def _cause_chain(exc: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = exc
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__
