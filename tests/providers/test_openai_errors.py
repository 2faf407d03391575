"""Every error class of the client becomes one of ours."""

from __future__ import annotations

import socket
import ssl

import aiohttp
import httpx2
import openai
import pytest

from promptops.errors import ProviderBusyError, ProviderError
from promptops.providers.openai_errors import ErrorTranslator

from .loopback import spec_for

URL = "http://127.0.0.1:1/v1"
REQUEST = httpx2.Request("POST", URL)

# A ValueError of the webhook helpers, which we never call.
_ELSEWHERE = {openai.InvalidWebhookSignatureError}


def _descendants(cls: type[BaseException]) -> set[type[BaseException]]:
    return {cls}.union(*(_descendants(child) for child in cls.__subclasses__()))


CLASSES = sorted(_descendants(openai.OpenAIError), key=lambda cls: cls.__name__)


def _make(cls: type[BaseException], status: int = 418) -> BaseException:
    """An instance as the client would make it: without its constructor, which differs from class to class."""
    exc = cls.__new__(cls)
    exc.args = ("it failed",)
    code = getattr(cls, "status_code", status)
    values = {"status_code": code, "body": {"message": "it failed"}, "code": None, "type": None}
    values["response"] = httpx2.Response(code, request=REQUEST)
    for name, value in values.items():
        object.__setattr__(exc, name, value)
    return exc


def test_the_module_has_no_error_class_we_do_not_know_of() -> None:
    found = [value for value in list(vars(openai).values()) if isinstance(value, type)]
    exported = {value for value in found if issubclass(value, Exception)}
    assert exported - _ELSEWHERE <= set(CLASSES)
    assert len(CLASSES) > 15


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_of_the_client_is_translated(cls: type[BaseException]) -> None:
    errors = ErrorTranslator(spec_for(URL), URL)
    with pytest.raises(ProviderError) as caught, errors.translating():
        raise _make(cls)
    assert caught.value.where == "small"


@pytest.mark.parametrize(
    "exc",
    [
        httpx2.ReadError("x"),
        httpx2.RemoteProtocolError("x"),
        httpx2.ConnectTimeout("x"),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientPayloadError("x"),
        ConnectionResetError("x"),
        TimeoutError(),
    ],
    ids=lambda exc: type(exc).__name__,
)
def test_errors_of_the_transport_may_pass(exc: Exception) -> None:
    with pytest.raises(ProviderBusyError), ErrorTranslator(spec_for(URL), URL).translating():
        raise exc


def _chained(cause: BaseException) -> Exception:
    exc = openai.APIConnectionError(request=REQUEST)
    exc.__cause__ = httpx2.ConnectTimeout("connect")
    exc.__cause__.__cause__ = cause
    return exc


def test_an_unknown_host_says_so() -> None:
    error = ErrorTranslator(spec_for(URL), URL).translate(_chained(socket.gaierror(-2, "Name or service not known")))
    assert isinstance(error, ProviderBusyError)
    assert "is not known here" in str(error)


def test_a_certificate_that_is_not_trusted_does_not_pass() -> None:
    cause = ssl.SSLCertVerificationError()
    cause.verify_message = "self-signed certificate"
    error = ErrorTranslator(spec_for(URL), URL).translate(_chained(cause))
    assert type(error) is ProviderError
    assert "self-signed certificate" in str(error)


def test_a_bug_of_ours_is_not_dressed_up() -> None:
    with pytest.raises(ZeroDivisionError), ErrorTranslator(spec_for(URL), URL).translating():
        raise ZeroDivisionError


def test_our_own_errors_pass_as_they_are() -> None:
    mine = ProviderError("mine")
    with pytest.raises(ProviderError) as caught, ErrorTranslator(spec_for(URL), URL).translating():
        raise mine
    assert caught.value is mine
