"""What goes with every call, and which of it settings may change."""

from __future__ import annotations

import re

from promptops.providers.endpoint import Endpoint
from promptops.providers.transport.call_headers import call_headers

URL = "https://llm.example/v1"


def test_ours() -> None:
    headers = call_headers(Endpoint(URL, "k"))
    assert re.fullmatch(r"promptops/\d+\.\d+\.\d+\S*", headers.pop("User-Agent"))
    assert headers == {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Authorization": "Bearer k",
        "Content-Type": "application/json",
    }


def test_without_a_key_nobody_is_named() -> None:
    assert "Authorization" not in call_headers(Endpoint(URL))


def test_a_user_in_the_address_is_named_where_there_is_no_key() -> None:
    assert call_headers(Endpoint("https://to%20ken@llm.example/v1"))["Authorization"] == "Basic dG8ga2VuOg=="
    assert call_headers(Endpoint("https://token@llm.example/v1", "k"))["Authorization"] == "Bearer k"


def test_headers_of_the_settings_take_the_place_of_ours_however_they_are_written() -> None:
    added = {"authorization": "Token x", "USER-AGENT": "acme", "X-Team": "a", "x-team": "b"}
    headers = call_headers(Endpoint(URL, "k", added))
    assert headers["Authorization"] == "Token x"
    assert headers["User-Agent"] == "acme"
    assert headers["X-Team"] == "b"
    assert len(headers) == 6


def test_what_describes_the_body_stays_ours() -> None:
    added = {"content-type": "text/plain", "Content-Length": "3", "accept-encoding": "br", "Transfer-Encoding": "x"}
    headers = call_headers(Endpoint(URL, "", added))
    assert headers == call_headers(Endpoint(URL))
