"""Keys, tokens and passwords in a text: by the marks their makers give them, or by the word before them.

A library for this takes longer to import than all of lint, so the patterns are our own. What documentation writes
(`sk-…`, `<your key>`, `AKIAIOSFODNN7EXAMPLE`) is none: made-up values give themselves away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from promptops.text.text_match import TextMatch, without_overlaps

# What it is, a word without which it cannot be there, and its form; group 1, where there is one, is the secret itself.
_MARKED = (
    ("an Anthropic API key", "sk-ant-", r"sk-ant-[\w-]{24,256}+"),
    ("an API key", "sk-", r"sk-(?!ant-)[\w-]{20,256}+"),
    *(("a GitHub token", f"gh{kind}_", rf"gh{kind}_[A-Za-z0-9]{{36,255}}+") for kind in "opusr"),
    ("a GitHub token", "github_pat_", r"github_pat_\w{40,255}+"),
    ("an AWS access key", "AKIA", r"AKIA[A-Z2-7]{16}(?![A-Z0-9])"),
    ("an AWS access key", "ASIA", r"ASIA[A-Z2-7]{16}(?![A-Z0-9])"),
    ("a Google API key", "AIza", r"AIza[\w-]{35}(?![\w-])"),
    ("a Slack token", "xox", r"xox[abeoprs](?:\.[a-z0-9]{1,8}-)?-[A-Za-z0-9-]{20,255}+"),
    ("a Slack token", "xapp-", r"xapp-[A-Za-z0-9-]{20,255}+"),
    ("a Slack address that lets anybody post", "hooks.slack.com", r"hooks\.slack\.com/services/([\w/]{30,100}+)"),
    ("a Stripe key", "k_live_", r"[rs]k_live_[A-Za-z0-9]{16,255}+"),
    ("a Hugging Face token", "hf_", r"hf_[A-Za-z0-9]{30,64}+"),
    ("a GitLab token", "glpat-", r"glpat-[\w.-]{20,128}+"),
    ("an npm token", "npm_", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    ("a package index token", "pypi-", r"pypi-[\w-]{50,512}+"),
    ("a Groq API key", "gsk_", r"gsk_[A-Za-z0-9]{40,128}+"),
    ("an xAI API key", "xai-", r"xai-[A-Za-z0-9]{40,128}+"),
    ("a Perplexity API key", "pplx-", r"pplx-[A-Za-z0-9]{40,128}+"),
    ("a Replicate token", "r8_", r"r8_[A-Za-z0-9]{36,64}+"),
    ("a Databricks token", "dapi", r"dapi[a-f0-9]{32}(?![A-Za-z0-9])"),
    ("an Azure key", "AccountKey=", r"AccountKey=([A-Za-z0-9+/]{40,100}+={0,2})"),
    ("a signed token", "eyJ", r"eyJ[A-Za-z0-9_-]{10,1024}+\.eyJ[A-Za-z0-9_-]{10,4096}+\.[\w-]{20,1024}+"),
)
_BEFORE = r"(?<![A-Za-z0-9_-])"
_VALUE = r"([\w+/~.=-]{20,512}+)"
_AFTER_NAME = (
    r"[\w-]{0,24}+(?:\\?[\"'])?[ \t]{0,4}+[:=][ \t]{0,4}+(?:\\?[\"'])?(?:[Bb]earer )?" + _VALUE + r"(?![(\[{])"
)
_NAMES = ("oken", "key", "Key", "KEY", "ecret", "ECRET", "OKEN", "assw", "ASSW", "pwd", "PWD", "redential", "earer")
_KEYS = ("api", "access", "account", "private", "secret", "auth", "service", "license")
_IN_ADDRESS = r"://([^\s/:@\"'<>\\]{0,64}+):([^\s/@\"'<>{}$\\]{4,128})@([\w.-]{1,200}+)"
_KEY_BLOCK = r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
_WORDS = (*_NAMES, "://", *(word for _, word, _ in _MARKED), "PRIVATE KEY")
WORDS = tuple(word for word in _WORDS if not any(other in word for other in _WORDS if other != word))
"""A text without any of these holds no secret."""
_MADE_UP = (
    "example", "placeholder", "your", "xxxx", "dummy", "sample", "fake", "redacted", "changeme", "change-me", "test",
    "insert", "notreal", "not-real", "123456", "234567", "abcdef", "987654", "fedcba", "qwerty",
)  # fmt: skip
_WEAK = ("pass", "pwd", "secret", "admin", "root", "guest", "user", "xxx", "***", "...", "token", "key", "…")


def may_hold_secrets(text: str) -> bool:
    """Whether a closer look is worth while: not for the tokens that nearly every prompt allows the model."""
    rest = text.replace("maxTokens", "").replace("max_tokens", "").replace("maxCompletionTokens", "")
    return any(map(rest.__contains__, WORDS))


def find_secrets(text: str) -> Iterator[TextMatch]:
    """Every secret, in no order; no two overlap."""
    return without_overlaps(chain(_key_blocks(text), _marked(text), _in_addresses(text), _named(text)))


def _marked(text: str) -> Iterator[TextMatch]:
    for what, word, pattern in _MARKED:
        for found in re.finditer(_BEFORE + pattern, text) if word in text else ():
            start, end = found.span(found.lastindex or 0)
            # The mark itself is no part of the riddle.
            if looks_random(text[start:end].removeprefix(word), least=14) and not (
                word == "eyJ" and _is_shown_off(found[0])
            ):
                yield TextMatch(start, end, what)


def _is_shown_off(token: str) -> bool:
    """Whether a signed token is one of those in manuals: made for John Doe, or number 1234567890."""
    import base64

    payload = token.split(".")[1]
    said = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)) if len(payload) % 4 != 1 else b""
    return any(word in said.lower() for word in (b"john doe", b"1234567890", b"1516239022", b"example"))


def _named(text: str) -> Iterator[TextMatch]:
    for name in _NAMES:
        after = re.compile(rf"[ ]{{1,4}}{_VALUE}" if name == "earer" else _AFTER_NAME)
        place = text.find(name)
        while place >= 0:
            before, begin = text[max(0, place - 8) : place].lower().rstrip("_- "), place + len(name)
            found = after.match(text, begin) if name.lower() != "key" or before.endswith(_KEYS) else None
            if found is not None and _is_password(value := found[1].rstrip(".")):
                yield TextMatch(found.start(1), found.start(1) + len(value), "a key or a password")
            place = text.find(name, begin)


def _is_password(value: str) -> bool:
    """Names of models and versions have digits too, but in short pieces."""
    pieces = re.split(r"[-_.~/=]", value)
    return looks_random(value, least=20) and any(_mixed(piece) and len(piece) >= 16 for piece in pieces)


def _in_addresses(text: str) -> Iterator[TextMatch]:
    for found in re.finditer(_IN_ADDRESS, text) if "://" in text and "@" in text else ():
        user, password, host = found.groups()
        lower = password.lower()
        if lower == user.lower() or any(word in lower for word in (*_WEAK, *_MADE_UP)):
            continue
        known = looks_random(password, least=12)
        elsewhere = "." in host and not re.search(r"(?:^|\.)(?:127\.|0\.0|example|local|test|invalid)", host.lower())
        if known or elsewhere:
            yield TextMatch(*found.span(2), "a password in an address")


def _key_blocks(text: str) -> Iterator[TextMatch]:
    for found in re.finditer(_KEY_BLOCK, text) if "PRIVATE KEY" in text else ():
        # In one line the breaks are written as \n; a body of dots is documentation.
        body = re.match(r"(?:\\n|\\r|[\s\"'+,|]){0,80}+([A-Za-z0-9+/=]{40,}+)", text[found.end() : found.end() + 512])
        if body is None or not looks_random(body[1], least=40):
            continue
        end = text.find("-----END ", found.end(), found.end() + 16_384)
        close = text.find("-----", end + 9, end + 64) if end >= 0 else -1
        yield TextMatch(found.start(), close + 5 if close >= 0 else found.end() + body.end(), "a private key")


def looks_random(value: str, least: int) -> bool:
    """Whether nobody wrote this by hand: no `xxxx`, no `123456`, and many letters mixed with digits."""
    lower = value.lower()
    if len(value) < least or any(word in lower for word in _MADE_UP) or re.search(r"(.)\1{4}", value):
        return False
    mixed = any(_mixed(piece) for piece in re.split(r"[^A-Za-z0-9]+", value))
    return mixed and len(set(value)) >= min(10, least * 2 // 3)


def _mixed(piece: str) -> bool:
    """`gpt` and `2024` are words and numbers, `a8Kx2mQ7xL` is neither."""
    return len(piece) >= 10 and not piece.isalpha() and not piece.isdigit()
