"""Git gets the token for one server only, and by its environment."""

from __future__ import annotations

import base64

import pytest

from promptops.forge.github.git_credentials import credential_settings


def test_the_header_is_for_this_server_and_takes_the_place_of_another() -> None:
    (name, values), *more = credential_settings("https://github.com/", "secret").items()
    assert not more
    assert name == "http.https://github.com/.extraheader"
    assert values[0] == ""
    assert base64.b64decode(values[1].removeprefix("AUTHORIZATION: basic ")) == b"x-access-token:secret"


@pytest.mark.parametrize(("server", "token"), [("https://github.com", ""), ("http://github.com", "secret")])
def test_there_is_no_header_without_a_token_or_a_safe_way(server: str, token: str) -> None:
    assert credential_settings(server, token) == {}
