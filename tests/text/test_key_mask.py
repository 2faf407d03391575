"""Keys that others repeat: in every form and cut anywhere they are taken out, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.text.key_mask import PIECE, SHORTEST, KeyMask, is_called_like_key, keys_in_url, without_users

KEY = "sk-live-9aF3kQ7zXw21LmNo/+=_Zq4"
ODD = "p@ss w\"rd&<'$^.*[x](y)|\\z"
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": lambda key: key,
    "in a header": lambda key: f"Authorization: Bearer {key}",
    "in brackets": lambda key: f"({key})",
    "in a sentence": lambda key: f"the key {key}, which you gave, is wrong.",
    "twice": lambda key: f"{key}{key}",
    "in a URL": lambda key: f"https://api.example/v1?key={quote_plus(key)}&x=1",
    "quoted for a path": lambda key: quote(key, safe=""),
    "quoted in small letters": lambda key: re.sub("%..", lambda found: found[0].lower(), quote(key, safe="")),
    "quoted twice": lambda key: quote(quote(key, safe=""), safe=""),
    "in JSON": lambda key: json.dumps({"key": key}),
    "in JSON with slashes escaped": lambda key: json.dumps(key).replace("/", r"\/"),
    "JSON in JSON": lambda key: json.dumps(json.dumps({"key": key})),
    "a Python value": repr,
    "in HTML": lambda key: f"<p>{html.escape(key)}</p>",
    "in HTML with decimal quotes": lambda key: html.escape(key).replace("&#x27;", "&#39;"),
    "in base64": lambda key: base64.b64encode(key.encode()).decode(),
    "in base64 for URLs": lambda key: base64.urlsafe_b64encode(key.encode()).decode(),
    "as a user's password": lambda key: base64.b64encode(f"user:{key}".encode()).decode(),
    "as another user's": lambda key: base64.b64encode(f"ab:{key}".encode()).decode(),
    "as a password alone": lambda key: base64.b64encode(f":{key}".encode()).decode(),
    "as hex digits": lambda key: key.encode().hex(),
    "as capital hex digits": lambda key: key.encode().hex().upper(),
    "in capitals": str.upper,
    "in small letters": str.lower,
    "cut at its end": lambda key: key[:PIECE],
    "cut at its end with dots": lambda key: f"{key[: PIECE + 1]}…",
    "cut at its beginning": lambda key: f"…{key[-PIECE:]}",
    "over a line's end": lambda key: f"first\n{key}\nlast",
}


def leaks(text: str, key: str, least: int = 12) -> bool:
    """Whether a piece of the key, plain or encoded, is still there."""
    plain = (
        key,
        quote(key, safe=""),
        quote(quote(key, safe="")),
        json.dumps(key)[1:-1],
        html.escape(key),
        key.encode().hex(),
    )
    coded = (base64.b64encode(bytes(shift) + key.encode()).decode()[4:-4] for shift in range(3))
    lower = text.lower()
    return any(
        form[start : start + least].lower() in lower
        for form in (*plain, *coded)
        for start in range(max(1, len(form) - least + 1))
        if len(form) >= least
    )


@pytest.mark.parametrize("key", [KEY, ODD])
@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_found_in_every_form(form: str, key: str) -> None:
    text = f"before {FORMS[form](key)} after"
    assert leaks(text, key)
    masked = KeyMask([key])(text)
    assert "[key]" in masked
    assert not leaks(masked, key)
    assert masked.startswith("before ")
    assert masked.endswith(" after")


def test_nothing_shorter_than_eight_characters_is_a_key() -> None:
    assert KeyMask(["k", "secret", ""])("a k in a sentence, secret") == "a k in a sentence, secret"
    assert not KeyMask(["k"])
    assert KeyMask(["k" * SHORTEST])("k" * SHORTEST) == "[key]"


def test_of_keys_that_begin_alike_each_is_taken_out_whole() -> None:
    short, long = "sk-team-abcdefgh", "sk-team-abcdefgh-and-more-1234567890"
    for order in ([short, long], [long, short]):
        assert KeyMask(order)(f"{long} {short} {long[:25]}") == "[key] [key] [key]"


def test_of_a_key_of_several_lines_each_line_is_one() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSjAgEA\n-----END KEY-----\n"
    masked = KeyMask([key])(f"it says MIIEvQIBADANBgkqhkiG9w0 and {key}")
    assert "MIIE" not in masked
    assert "BAQEF" not in masked


@given(st.text(min_size=8, max_size=80), st.text(max_size=60), st.text(max_size=60))
def test_no_key_is_left_whatever_it_is_and_stands_in(key: str, before: str, after: str) -> None:
    assert key not in KeyMask([key])(f"{before}{key}{after}").replace("[key]", "\0")


@given(st.text(max_size=300))
def test_a_text_without_keys_is_left_alone(text: str) -> None:
    if not leaks(text, KEY, 8):
        assert KeyMask([KEY])(text) == text


@given(st.integers(0, 300), st.integers(20, 300))
def test_who_masks_and_then_shortens_leaves_no_part(place: int, limit: int) -> None:
    key = "sk-" + "".join(chr(97 + number % 26) + str(number) for number in range(20))
    text = f"{'x' * place}{key}{'y' * 300}"
    shortened = KeyMask([key])(text)[:limit]
    assert not any(key[start : start + 6] in shortened for start in range(len(key) - 5))


# Which keys


def test_keys_come_from_variables_that_are_named_or_called_so() -> None:
    variables = {
        "TEAM": "named-1234",
        "MY_API_KEY": "called-1234",
        "GITHUB_TOKEN": "token-1234",
        "DB_PASSWORD": "password-1234",
        "PWD": "/home/someone/here",
        "PATH": "/usr/bin:/usr/local/bin",
        "SSL_KEY": "/etc/ssl/private/server.pem",
        "GPG_AUTH": "disabled",
        "LANG": "something",
        "OPENAI_BASE_URL": "https://user:in-an-address@example.org/v1?api_key=in-a-query&version=2026-11-01",
    }
    mask = KeyMask.of_variables(variables, ["TEAM"])
    kept = ("PWD", "PATH", "SSL_KEY", "GPG_AUTH", "LANG")
    for name in ("TEAM", "MY_API_KEY", "GITHUB_TOKEN", "DB_PASSWORD"):
        assert mask(variables[name]) == "[key]"
    for name in kept:
        assert mask(variables[name]) == variables[name]
    assert mask("in-an-address, in-a-query, 2026-11-01") == "[key], [key], 2026-11-01"


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY_2", "OPENAI_KEY1", "API_KEYS", "DB_PASS", "CLIENT_SECRETS", "TOKEN_02"]
)
def test_second_keys_and_several_are_called_like_keys(name: str) -> None:
    assert KeyMask.of_variables({name: "sk-1234567890"})("sk-1234567890") == "[key]"


@pytest.mark.parametrize("name", ["MAX_TOKENS", "MONKEYS_HOME", "COMPASS", "KEYSTONE", "TOKENIZER_2", "PATH_1"])
def test_other_words_are_not(name: str) -> None:
    assert KeyMask.of_variables({name: "1234567890"})("1234567890") == "1234567890"


def test_an_address_holds_a_password_or_a_token_for_a_user() -> None:
    assert set(keys_in_url("https://me:s%40cret@host/v1")) == {"s%40cret", "s@cret"}
    assert set(keys_in_url("https://ghp_token@host/v1?token=abc&page=2")) == {"ghp_token", "abc"}
    assert keys_in_url("https://host/v1?page=2") == []
    assert keys_in_url("https://[broken") == []


def test_words_that_stand_in_for_a_key_are_left_in_replies() -> None:
    mask = KeyMask(["not-needed", "anything", KEY]).without_words()
    assert mask(f"anything goes, a key is not-needed: {KEY}") == "anything goes, a key is not-needed: [key]"


def test_addresses_lose_their_users() -> None:
    said = "fatal: unable to access 'https://x-access-token:ghs_abc@github.com/a/b.git/': mail me@example.org"
    assert without_users(said) == "fatal: unable to access 'https://github.com/a/b.git/': mail me@example.org"


def test_a_mask_shows_no_key_itself() -> None:
    assert KEY not in repr(KeyMask([KEY]))


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "x-api-key",
        "X-Auth-Token",
        "accessToken",
        "api_key",
        "sig",
        "Ocp-Apim-Subscription-Key",
        "key2",
    ],
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_called_like_key(name)


@pytest.mark.parametrize(
    "name", ["X-Compat", "max_tokens", "api-version", "prompt_cache_key", "Idempotency-Key", "monkey", "X-Keyboard", ""]
)
def test_names_of_other_things_are_none(name: str) -> None:
    assert not is_called_like_key(name)
