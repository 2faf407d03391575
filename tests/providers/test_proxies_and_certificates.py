"""Between us and a server: proxies that the environment names, and certificates that are trusted or not."""

from __future__ import annotations

import base64
import re
import socket
from pathlib import Path

import pytest

from promptops.errors import ProviderBusyError, ProviderError

from .clients import ask
from .loopback import CERTIFICATE, answer, completion, free_port, serving, tunnel

pytestmark = [
    pytest.mark.usefixtures("both_clients"),
    # The official client's transport tells aiohttp of a proxy's password in the old way.
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'proxy_auth' parameter is deprecated:DeprecationWarning"),
]
PLAIN, SAFE = "http://llm.example/v1", "https://llm.example/v1"
ADA = f"Basic {base64.b64encode(b'ada:pass word').decode()}"


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_a_call_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer(completion())) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
        assert ask(PLAIN).text == "Hello."
    (received,) = proxy.requests
    assert received.path == f"{PLAIN}/chat/completions"
    assert received.headers["host"] == "llm.example"


def test_a_proxy_that_opens_a_tunnel_sees_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with serving(tunnel(answer(completion()))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.removesuffix("/v1"))
        assert ask(SAFE, key="sk-for-the-model", headers={"X-Api-Key": "sk-of-the-gateway"}).text == "Hello."
    (received,) = proxy.requests
    assert received.path == "llm.example:443"
    assert "sk-" not in repr(received)


@pytest.mark.parametrize("url", [PLAIN, SAFE])
def test_a_proxys_password_goes_to_the_proxy(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    behave = answer(completion())
    with serving(tunnel(behave) if url == SAFE else behave) as proxy:
        address = proxy.url.removesuffix("/v1").replace("http://", "http://ada:pass%20word@")
        monkeypatch.setenv("ALL_PROXY", address)
        assert ask(url, key="sk-for-the-model").text == "Hello."
    (received,) = proxy.requests
    assert received.headers["proxy-authorization"] == ADA
    assert ("authorization" in received.headers) == (url == PLAIN)  # the tunnel hides it


def test_what_no_proxy_names_is_called_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("NO_PROXY", "example.org,localhost,.example")
    with pytest.raises(ProviderBusyError, match="is not known here"):
        ask("http://llm.example.invalid.example/v1", timeout=5)


@pytest.mark.parametrize(("status", "busy"), [(407, False), (403, False), (502, True), (429, True)])
def test_a_proxy_that_lets_nobody_through_says_so(monkeypatch: pytest.MonkeyPatch, status: int, busy: bool) -> None:
    with serving(answer("", status)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.removesuffix("/v1").replace("//", "//ada:hunter2-hunter2@"))
        with pytest.raises(ProviderError, match=f"the proxy answered {status}") as caught:
            ask(SAFE)
    assert isinstance(caught.value, ProviderBusyError) == busy
    assert "HTTPS_PROXY" in caught.value.hint
    assert "hunter2" not in str(caught.value)


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("HTTP_PROXY", f"http://ada:hunter2-hunter2@127.0.0.1:{port}")
    with pytest.raises(ProviderBusyError, match=f"the proxy at 127.0.0.1:{port} cannot be reached") as caught:
        ask(PLAIN)
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_no_password_is_taken_from_a_netrc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login ada password hunter2\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(answer(completion())) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
        ask(PLAIN)
        ask(PLAIN, key="sk-for-the-model")
    keyless, keyed = (received.headers for received in proxy.requests)
    assert not {"authorization", "proxy-authorization"} & keyless.keys()
    assert keyed["authorization"] == "Bearer sk-for-the-model"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted() -> None:
    with serving(answer(completion()), tls=True) as server:
        said = re.escape(f"the certificate of {server.url} is not trusted: self-signed certificate")
        with pytest.raises(ProviderError, match=said) as caught:
            ask(server.url)
    assert not isinstance(caught.value, ProviderBusyError)


def test_a_certificate_for_another_name_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with serving(tunnel(answer(completion()))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.removesuffix("/v1"))
        with pytest.raises(ProviderError, match=r"certificate is not valid for 'other\.example'"):
            ask("https://other.example/v1")


def test_a_certificate_that_the_environment_names_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with serving(answer(completion()), tls=True) as server:
        assert ask(server.url).text == "Hello."


def test_a_server_that_does_not_speak_tls_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def plain(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(plain) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.removesuffix("/v1"))
        with pytest.raises(ProviderBusyError, match="the connection to https"):
            ask(SAFE)
