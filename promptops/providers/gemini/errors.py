"""What went wrong at Gemini or Vertex, in our words and with a hint that helps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from promptops.errors import ProviderError, QuotaError
from promptops.providers.openai_errors import ErrorTranslator, excerpt

_LOGIN = "log in: gcloud auth application-default login   or set GOOGLE_APPLICATION_CREDENTIALS to a file with a key"
_NO_BILLING = frozenset({"BILLING_DISABLED", "CONSUMER_SUSPENDED"})
_WRONG_KEY = frozenset({"API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED", "API_KEY_HTTP_REFERRER_BLOCKED"})
# Quotas of a day, or of nothing: `GenerateRequestsPerDayPerProjectPerModel-FreeTier`.
_SPENT = re.compile(r"per_?day|prepayment credits|billing details.{0,400}limit: 0\b", re.IGNORECASE | re.DOTALL)
_DELAY = re.compile(r"(\d{1,9}(?:\.\d+)?)s")


def translate(exc: Exception, errors: ErrorTranslator) -> ProviderError | None:
    """Our error for one of theirs, None when it is not of the client, the credentials or the network."""
    from google.auth import exceptions as auth
    from google.genai import errors as theirs

    if isinstance(exc, theirs.APIError):
        return _from_answer(exc, errors)
    if isinstance(exc, theirs.ContinuationInterruptedError):
        return errors.transient(f"the answer was broken off: {excerpt(errors.mask(str(exc)))}")
    if isinstance(exc, auth.GoogleAuthError):
        said = excerpt(errors.mask(str(exc.args[0] if exc.args else exc)))
        if isinstance(exc, auth.TransportError | auth.TimeoutError | auth.ResponseError) or exc.retryable:
            return errors.transient(f"Google's credentials cannot be had now: {said}")
        return errors.permanent(f"Google's credentials do not work: {said}", _LOGIN)
    if isinstance(exc, ValueError) and (problems := getattr(exc, "errors", None)):  # pydantic's: a type is wrong
        first = problems(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
        return errors.permanent(f"the request cannot be sent: {place}: {first['msg']}", "check modelParameters")
    if type(exc) is RuntimeError and "API token" in str(exc):
        return errors.permanent("Google's library found no credentials", _LOGIN)
    return errors.translate(exc)


def _from_answer(exc: Any, errors: ErrorTranslator) -> ProviderError:
    """The error for a status that is none of success, with all that Google says beside it."""
    body = exc.details if isinstance(exc.details, dict) else {}
    inner = body.get("error")
    error: dict[str, Any] = inner if isinstance(inner, dict) else body
    text = str(error.get("message") or exc.message or "")
    details = [one for one in error.get("details") or () if isinstance(one, dict)]
    reasons = {str(one.get("reason")) for one in details}
    code = exc.code if isinstance(exc.code, int) else 500
    said = excerpt(errors.mask(text))
    if reasons & _NO_BILLING or (code == 429 and _SPENT.search(f"{text} {_quotas(details)}")):
        where = errors.spec.alias or errors.spec.full_name
        hint = "the project's quota is used up; check its plan and billing"
        return QuotaError(errors.mask(f"the server answered {code}: {said}"), where=where, hint=hint, status=code)
    if reasons & _WRONG_KEY:
        code = 401  # it answers 400
    headers = {name.lower(): value for name, value in getattr(exc.response, "headers", {}).items()}
    return errors.from_status(
        code, {"error": {"message": text, "type": error.get("status")}}, _with_delay(headers, details)
    )


def _quotas(details: list[dict[str, Any]]) -> str:
    violations = [each for one in details for each in one.get("violations") or () if isinstance(each, dict)]
    return " ".join(str(each.get("quotaId", "")) for each in violations)


def _with_delay(headers: Mapping[str, str], details: list[dict[str, Any]]) -> Mapping[str, str]:
    """The headers, with the delay that stands in the body where they name none."""
    delays = [_DELAY.fullmatch(str(one.get("retryDelay"))) for one in details]
    found = next((delay[1] for delay in delays if delay), None)
    return headers if found is None or "retry-after" in headers else {**headers, "retry-after": found}
