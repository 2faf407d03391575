from __future__ import annotations

import pytest

from promptops.errors import SourceError
from promptops.source.git.remote.remote_url import parse_remote_url


@pytest.mark.parametrize(
    ("text", "url", "shown"),
    [
        ("https://github.com/acme/prompts.git", "https://github.com/acme/prompts.git", None),
        ("https://ada:se%40cret@h.org:8443/p/", "https://h.org:8443/p", "https://h.org:8443/p"),
        ("http://[::1]:80/p", "http://[::1]:80/p", None),
        ("ssh://git@h.org:22/p.git", "ssh://git@h.org:22/p.git", "ssh://h.org:22/p.git"),
        ("git@github.com:acme/prompts.git", "git@github.com:acme/prompts.git", "github.com:acme/prompts.git"),
        ("h.org:p", "h.org:p", None),
        ("git://127.0.0.1:9418/p", "git://127.0.0.1:9418/p", None),
        ("file:///srv/a b/p.git", "file:///srv/a b/p.git", None),
    ],
)
def test_an_address_is_given_to_git_and_shown_without_secrets(text: str, url: str, shown: str | None) -> None:
    address = parse_remote_url(text)
    assert (address.url, address.shown) == (url, shown or url)


def test_a_token_may_be_the_user_or_the_password() -> None:
    assert parse_remote_url("https://token@h.org/p")[2:] == ("token", None)
    assert parse_remote_url("https://u:a%2Fb%3A@h.org/p")[2:] == ("u", "a/b:")
    assert parse_remote_url("https://u:@h.org/p")[2:] == ("u", "")
    assert parse_remote_url("https://h.org/p").settings() == []
    for text in ("https://u:secret@h.org:1/p/q", "https://secret@h.org:1/p/q"):
        settings = parse_remote_url(text).settings()
        assert settings[-1].startswith("credential.https://h.org:1.helper=")
        assert "secret" not in "".join(settings)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "--upload-pack=touch /tmp/secret",
        "-secret:p",
        "ssh://-oProxyCommand=secret/p",
        "ssh://-secret@h.org/p",
        "ext::sh -c secret%",
        "fd::17/secret",
        "file://host/secret",
        "file:secret",
        "ftp://h.org/secret",
        "https://",
        "https:///secret",
        "https://h.org:port/secret",
        "https://u:sec/ret@h.org/p/secret",
        "https://h.org/p?token=secret",
        "https://h.org/p#secret",
        "https://u:secret%0Apath=x@h.org/p",
        "https://h.org/p\nsecret",
        "https://h.org\\secret/p",
        "https://h.org/p\x00secret",
        "ssh://git:secret@h.org/p",
        "git://secret@h.org/p",
        "git:secret@h.org:p",
        "git@h.org:-secret",
        "C:\\secret",
        "C:/secret",
        "./secret",
        "/srv/secret",
        "https://[secret/p",
    ],
)
def test_an_address_that_could_lead_git_astray_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_remote_url(text)
    assert "secret" not in str(caught.value) + caught.value.hint
    assert str(caught.value)


def test_each_repository_has_a_folder_of_its_own_that_names_no_secret() -> None:
    names = {parse_remote_url(f"https://{user}h.org/acme/Our Prompts.git").folder_name for user in ("", "a@", "b:c@")}
    assert len(names) == 1, "a new token finds the copy the old one made"
    assert names.pop().startswith("our-prompts-")
    others = ["https://h.org/x/p", "https://h.org/y/p", "http://h.org/x/p", "a@h.org:x/p", "b@h.org:x/p", "h.org:é"]
    assert len({parse_remote_url(text).folder_name for text in others}) == len(others)
