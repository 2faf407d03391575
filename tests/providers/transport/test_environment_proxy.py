"""Which proxy an address is called through."""

from __future__ import annotations

import pytest

from promptops.errors import ProviderError
from promptops.providers.transport.environment_proxy import Proxy, environment_proxy

HTTP, HTTPS = "http://llm.example:8000/v1", "https://llm.example/v1"


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_without_settings_there_is_none() -> None:
    assert environment_proxy(HTTPS) is None


@pytest.mark.parametrize(
    ("name", "value", "url", "found"),
    [
        ("HTTPS_PROXY", "http://proxy:3128", HTTPS, Proxy("http://proxy:3128")),
        ("https_proxy", "proxy:3128", HTTPS, Proxy("http://proxy:3128")),
        ("HTTPS_PROXY", "https://proxy", HTTPS, Proxy("https://proxy")),
        ("HTTPS_PROXY", "http://proxy:3128", HTTP, None),
        ("HTTP_PROXY", "http://proxy:3128", HTTPS, None),
        ("ALL_PROXY", "http://proxy:3128", HTTP, Proxy("http://proxy:3128")),
        ("HTTP_PROXY", "http://ada:p%40ss@proxy:3128", HTTP, Proxy("http://proxy:3128", "Basic YWRhOnBAc3M=")),
        ("HTTP_PROXY", "http://token@proxy:3128", HTTP, Proxy("http://proxy:3128", "Basic dG9rZW46")),
        ("HTTP_PROXY", "http://proxy:3128", "http://127.0.0.1:8000/v1", None),
        ("HTTP_PROXY", "http://proxy:3128", "http://localhost:8000/v1", None),
    ],
)
def test_the_environment_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, url: str, found: Proxy | None
) -> None:
    monkeypatch.setenv(name, value)
    assert environment_proxy(url) == found


@pytest.mark.parametrize(
    ("exceptions", "url", "is_direct"),
    [
        ("*", HTTP, True),
        ("llm.example", HTTP, True),
        (".example", HTTP, True),
        ("other.example, llm.example", HTTP, True),
        ("llm.example:8000", HTTP, True),
        ("llm.example:8001", HTTP, False),
        ("lm.example", HTTP, False),
        ("10.0.0.0/8", "http://10.1.2.3:8000/v1", True),
        ("10.0.0.0/8,nonsense/99", "http://11.1.2.3:8000/v1", False),
        ("fd00::/8", "http://[fd00::1]:8000/v1", True),
        ("10.1.2.3", "http://10.1.2.3/v1", True),
    ],
)
def test_exceptions(monkeypatch: pytest.MonkeyPatch, exceptions: str, url: str, is_direct: bool) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert (environment_proxy(url) is None) == is_direct


@pytest.mark.parametrize("value", ["socks5://ada:hunter2-hunter2@proxy:1080", "http://", "http://proxy:99999"])
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(ProviderError, match="cannot be used: write it as http://HOST:PORT") as caught:
        environment_proxy(HTTPS)
    assert "hunter2" not in str(caught.value)
    assert "HTTPS_PROXY" in caught.value.hint
