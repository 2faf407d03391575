"""What went wrong at Bedrock, in our words and with a hint that helps."""

from __future__ import annotations

import re
import zlib
from typing import Any

from promptops.errors import ProviderError, QuotaError
from promptops.providers.openai_errors import ErrorTranslator, excerpt
from promptops.providers.transport.body_limit import BodyTooLargeError

BUSY = {
    "ThrottlingException": 429, "TooManyRequestsException": 429, "ModelNotReadyException": 503,
    "ModelTimeoutException": 408, "InternalServerException": 500, "InternalFailure": 500,
    "ServiceUnavailableException": 503, "ServiceUnavailable": 503, "RequestTimeout": 408,
    "RequestTimeoutException": 408,
}  # fmt: skip
"""Codes of what may pass, and the status they come with; `ModelErrorException` says its own."""
HINTS = {
    "AccessDeniedException": "ask for access to the model in Bedrock's console, and for the right bedrock:InvokeModel",
    "ExpiredTokenException": "the credentials have ended: log in again (aws sso login)",
    "InvalidSignatureException": "the credentials are wrong, or this machine's clock is",
    "MissingAuthenticationTokenException": "the call had no credentials: set AWS_PROFILE, or apiKeyEnv",
    "ResourceNotFoundException": "check the model's id and the region: not every model is served in every region",
    "UnrecognizedClientException": "the credentials are wrong: check AWS_PROFILE, AWS_ACCESS_KEY_ID or apiKeyEnv",
    "ValidationException": "check modelParameters, tools and responseFormat: this model may not know all of them",
}
"""Codes of what would come again, and what to do."""
_CREDENTIALS = (
    "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, log in (aws sso login), or name a "
    "Bedrock API key with apiKeyEnv"
)
# `Too many tokens per day, please wait before trying again.`
_SPENT = re.compile(r"per day|INVALID_PAYMENT_INSTRUMENT|billing|payment", re.IGNORECASE)
_LONG = re.compile(r"too long|too many input tokens|context (?:window|length)|exceeds? the maximum", re.IGNORECASE)
_PROFILE = re.compile(r"on-demand throughput", re.IGNORECASE)


def translate(exc: Exception, errors: ErrorTranslator) -> ProviderError | None:
    """Our error for one of theirs, None when it is not of the client, the credentials or the network."""
    from botocore import exceptions as theirs
    from botocore.parsers import ResponseParserError

    if isinstance(exc, theirs.ClientError):
        return _from_answer(exc, errors)
    if isinstance(exc, ResponseParserError):
        return errors.transient(f"an error came that cannot be read: {excerpt(errors.mask(str(exc)))}")
    if _cause(exc, BodyTooLargeError, zlib.error) is not None:
        return errors.translate(exc)
    if isinstance(exc, theirs.ReadTimeoutError | theirs.ConnectTimeoutError):
        return errors.translate(TimeoutError())
    network = (
        theirs.HTTPClientError, theirs.ConnectionError, theirs.ResponseStreamingError, theirs.IncompleteReadError,
    )  # fmt: skip
    if isinstance(exc, network):
        return errors.translate(_with_reason(exc))
    return _from_library(exc, errors) or errors.translate(exc)


def _from_library(exc: Exception, errors: ErrorTranslator) -> ProviderError | None:
    """What the library says before anything is sent: there is no region, there are no credentials, a name is wrong."""
    from botocore import exceptions as theirs

    if not isinstance(exc, theirs.BotoCoreError | theirs.UndefinedModelAttributeError):
        return None
    said = excerpt(errors.mask(str(exc)))
    alias = errors.spec.alias or errors.spec.full_name
    if isinstance(exc, theirs.ParamValidationError):
        hint = "check modelParameters; what is newer than the client comes with: pip install --upgrade boto3"
        return errors.permanent(f"the request cannot be sent: {said}", hint)
    if isinstance(exc, theirs.NoRegionError | theirs.InvalidRegionError | theirs.UnknownRegionError):
        return errors.permanent("Bedrock must be told its region", f"add region: NAME to '{alias}' in promptops.yml")
    if isinstance(exc, theirs.CapacityNotAvailableError | theirs.MetadataRetrievalError):
        return errors.transient(f"AWS's library cannot call now: {said}")
    if isinstance(exc, _credential_errors()):
        return errors.permanent(f"there are no credentials for Bedrock that work: {said}", _CREDENTIALS)
    return errors.permanent(f"AWS's library cannot call: {said}", "check baseUrl, region and AWS's own settings")


def _credential_errors() -> tuple[type[Exception], ...]:
    from botocore import exceptions as theirs

    return (
        theirs.NoCredentialsError, theirs.PartialCredentialsError, theirs.CredentialRetrievalError,
        theirs.NoAuthTokenError, theirs.TokenRetrievalError, theirs.SSOError, theirs.LoginError,
        theirs.ProfileNotFound, theirs.RefreshWithMFAUnsupportedError, theirs.UnknownCredentialError,
        theirs.UnknownTokenProviderError,
    )  # fmt: skip


def _from_answer(exc: Any, errors: ErrorTranslator) -> ProviderError:
    """The error for a status that is none of success. Newer services name it in a header, older ones in the body."""
    response = exc.response
    error, meta = response.get("Error") or {}, response.get("ResponseMetadata") or {}
    name, text = str(error.get("Code") or ""), str(error.get("Message") or "")
    status = meta.get("HTTPStatusCode") or BUSY.get(name) or 400
    headers = {key.lower(): value for key, value in (meta.get("HTTPHeaders") or {}).items()}
    if name == "ModelErrorException":  # 424: what the model's own server answered
        status = response.get("originalStatusCode") or 500
    said = excerpt(errors.mask(text))
    if (name == "ThrottlingException" or status in (402, 403)) and _SPENT.search(text):
        where = errors.spec.alias or errors.spec.full_name
        hint = "the account's quota is used up; check its quotas and billing"
        return QuotaError(errors.mask(f"the server answered {status}: {said}"), where=where, hint=hint, status=status)
    if name in BUSY:
        status = BUSY[name]
    found = errors.from_status(status, {"error": {"message": text or name, "type": name}}, headers)
    if type(found) is ProviderError and (hint := _hint(name, text)):
        return errors.permanent(found.args[0], hint, status=status)
    return found


def _hint(name: str, text: str) -> str:
    if _PROFILE.search(text):
        return "name an inference profile: the model's id with eu., us. or global. before it"
    if _LONG.search(text):
        return "it is longer than the model's context: shorten the case or the prompt, or take a larger model"
    return HINTS.get(name, "")


def _with_reason(exc: Exception) -> Exception:
    """The error of the network inside the client's, as far as it kept it: refused, unknown host, bad certificate."""
    inner = getattr(exc, "kwargs", {}).get("error")
    found = ConnectionError(str(exc))
    if isinstance(inner, BaseException):
        found.__cause__ = inner
    return found


def _cause(exc: BaseException, *kinds: type[BaseException]) -> BaseException | None:
    seen: set[int] = set()
    found: BaseException | None = exc
    while found is not None and id(found) not in seen:
        if isinstance(found, kinds):
            return found
        seen.add(id(found))
        found = found.__cause__ or found.__context__
    return None
