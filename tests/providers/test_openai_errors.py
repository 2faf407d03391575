"""Every error class of the clients becomes one of ours."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import zlib

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


AIOHTTP_CLASSES = sorted(_descendants(aiohttp.ClientError), key=lambda cls: cls.__name__)


def test_aiohttp_has_no_error_class_we_do_not_know_of() -> None:
    found = [value for value in vars(aiohttp.client_exceptions).values() if isinstance(value, type)]
    # A TypeError of web sockets, which nobody opens here.
    elsewhere = {aiohttp.client_exceptions.WSMessageTypeError}
    assert {value for value in found if issubclass(value, Exception)} - elsewhere <= set(AIOHTTP_CLASSES)
    assert len(AIOHTTP_CLASSES) > 20


@pytest.mark.parametrize("cls", AIOHTTP_CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_of_aiohttp_is_translated(cls: type[BaseException]) -> None:
    exc = cls.__new__(cls)
    exc.args = ("it failed",)
    values = {"status": 418, "message": "it failed", "_url": URL, "_description": None, "_path": "/x"}
    values |= {"_conn_key": _Key(), "_certificate_error": OSError(), "_os_error": OSError(1, "it failed")}
    for name, value in values.items():
        exc.__dict__[name] = value
    errors = ErrorTranslator(spec_for(URL), URL)
    with pytest.raises(ProviderError) as caught, errors.translating():
        raise exc
    assert caught.value.where == "small"
    is_permanent = issubclass(cls, aiohttp.InvalidURL | aiohttp.ClientHttpProxyError)
    assert isinstance(caught.value, ProviderBusyError) != is_permanent


class _Key:
    host, port, ssl, is_ssl = "127.0.0.1", 1, True, True


def test_an_answer_that_cannot_be_unpacked_may_pass() -> None:
    error = ErrorTranslator(spec_for(URL), URL).translate(zlib.error("Error -3"))
    assert isinstance(error, ProviderBusyError)
    assert "cannot be unpacked (Error -3)" in str(error)


def test_translating_loads_no_client() -> None:
    code = (
        "import sys\n"
        "from promptops.model.config import ModelSpec\n"
        "from promptops.providers.openai_errors import ErrorTranslator\n"
        "errors = ErrorTranslator(ModelSpec('small', 'openai', 'm'), 'http://127.0.0.1:1/v1')\n"
        "print(errors.translate(ConnectionRefusedError()), errors.translate(ZeroDivisionError()))\n"
        "print([name for name in ('openai', 'httpx2', 'aiohttp') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, loaded = done.stdout.strip().rsplit("\n", 1)
    assert said.startswith("small: nothing listens at")
    assert loaded == "[]"


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
