"""Keys taken out of texts that others wrote: errors, replies, what a program printed.

A server may repeat a key in any form: as it is, in a header, escaped for a URL, JSON or HTML, in base64 or as hex
digits, and cut off by somebody else's limit. So the key itself and all these forms are looked for, and also where only
20 characters or more of their beginning or end are there, of the key itself 30 from anywhere. Nothing shorter than 8
characters is a key: a key `k` would garble every message.

A text is masked before it is shortened, for of a key that was cut at 19 characters nobody can tell what it is.
Functions that shorten what others wrote therefore take `Masked` texts, which only a `KeyMask` makes.
"""

from __future__ import annotations

import json
import re
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Mapping
from typing import NewType
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

SHORTEST = 8
"""Characters of a key that is looked for at all."""
PIECE = 20
"""Characters of a part of a key that is a secret still."""
SHOWN = "[key]"
"""What stands where a key was."""

Masked = NewType("Masked", str)
"""A text without keys."""

_STEP = 10
_CALLED = re.compile(
    r"(?:keys?|token|secrets?|passw(?:or)?ds?|passphrase|(?:^|_)pass|credentials?|auth(?:orization)?|sig(?:nature)?|pat)"
    r"(?:[_-]?\d{1,3})?$"
)
_KEY_WORDS = frozenset({
    "key", "keys", "apikey", "accesskey", "secretkey", "token", "authtoken", "accesstoken", "secret", "secrets",
    "password", "passwd", "passphrase", "pat", "jwt", "credential", "credentials", "auth", "authorization",
    "authentication", "signature", "sig", "cookie",
})  # fmt: skip
"""The last word of a name that a secret has."""
_NOT_SECRET = frozenset({"prompt_cache_key", "idempotency-key", "x-idempotency-key"})
_WORD = re.compile(r"[A-Za-z]+(?:[-_ ][A-Za-z]+)*")
_CERTAIN = 16
"""A word of so many letters is no word that a model would write."""


class KeyMask:
    """Takes these keys out of texts. Built once, used for many; those that are too short are left alone."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        pieces = {part for key in keys for part in (key, key.strip(), *key.split("\n"))}
        self._keys = frozenset(part for part in pieces if len(part) >= SHORTEST)
        forms = {form for key in self._keys for form in _forms(key) if len(form) >= SHORTEST}
        self._windows = [window for form in sorted(forms) for window in _windows(form, whole=form in self._keys)]

    def __call__(self, text: str) -> Masked:
        """The text with every key in it as `[key]`."""
        spans = [span for window in self._windows if window[0] in text for span in _find(text, *window)]
        return Masked(_replace(text, spans) if spans else text)

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._windows)

    def __repr__(self) -> str:
        return f"<mask of {len(self._keys)} keys>"

    def also(self, *keys: str) -> KeyMask:
        """This mask, for these keys too."""
        return self if self._keys.issuperset(keys) else KeyMask((*self._keys, *keys))

    def with_keys_of(self, other: KeyMask) -> KeyMask:
        """This mask, for the other's keys too."""
        return self.also(*other._keys)

    def without_words(self) -> KeyMask:
        """For what a model says: stand-ins for keys such as `not-needed` are words that it may well use."""
        return KeyMask(key for key in self._keys if not _is_word(key))

    @classmethod
    def of_variables(cls, variables: Mapping[str, str], named: Iterable[str] = ()) -> KeyMask:
        """Every value whose variable is named, or is called like a key, and the keys in those that are addresses.

        Of the variables that are only called so, no words (`disabled`) and no files.
        """
        named = frozenset(named)
        found: list[str] = []
        for name, value in variables.items():
            guessed = _CALLED.search(name.lower()) and not _is_word(value) and not re.match(r"[/~].*/|[A-Z]:", value)
            if name in named or guessed:
                found.append(value)
            if "://" in value:
                found += keys_in_url(value)
        return cls(found)


NO_KEYS = KeyMask()


def without_users(text: str) -> str:
    """The text with no user and no password in its addresses: what git and pip write of one may hold a token."""
    return re.sub(r"://[^\s/'\"<>]{1,4096}@", "://", text) if "@" in text else text


def keys_in_pairs(pairs: Mapping[str, str]) -> list[str]:
    """Values of headers or of a query that are called like a key; of `Bearer KEY` the key alone."""
    return [value.rpartition(" ")[2] for name, value in pairs.items() if _CALLED.search(name.lower())]


def _is_word(key: str) -> bool:
    return len(key) < _CERTAIN and _WORD.fullmatch(key) is not None


def is_called_like_key(name: str) -> bool:
    """Whether what bears this name, in a header, a query or a body, is a secret: `x-api-key`, `accessToken`, `sig`."""
    *_, last = re.split(r"[-_. ]+|(?<=[a-z])(?=[A-Z])", name.rstrip("0123456789"))
    return last.lower() in _KEY_WORDS and name.lower() not in _NOT_SECRET


def keys_in_url(url: str) -> list[str]:
    """The user where there is no password, the password, and values of the query that are called like a key."""
    try:
        parts = urlsplit(url)
        secret = parts.password or (parts.username if parts.password is None else "") or ""
        pairs = parse_qsl(parts.query)
    except ValueError:
        return []
    found = [secret, unquote(secret), *(value for name, value in pairs if _CALLED.search(name.lower()))]
    return [each for each in found if each]


def _forms(key: str) -> Iterator[str]:
    """How a key may stand in a text."""
    yield from (key, key.lower(), key.upper())
    for quoted in (quote(key, safe=""), quote_plus(key), quote(key)):
        yield from (quoted, re.sub("%..", lambda found: found[0].lower(), quoted), quote(quoted, safe=""))
    for escaped in (json.dumps(key)[1:-1], json.dumps(key, ensure_ascii=False)[1:-1], repr(key)[1:-1]):
        yield from (escaped, escaped.replace("/", r"\/"), json.dumps(escaped)[1:-1])
    html = key.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    yield from (html, html.replace("'", "&#x27;"), html.replace("'", "&#39;"))
    data = key.encode("utf-8", "surrogatepass")
    yield from (data.hex(), data.hex().upper())
    for shift in range(3):
        standard = _base64_middle(data, shift)
        yield from (standard, standard.replace("+", "-").replace("/", "_"))


def _base64_middle(data: bytes, shift: int) -> str:
    """Of the text that begins somewhere before the key, the letters that depend on the key alone."""
    whole = (shift + len(data)) // 3 * 4
    return b2a_base64(bytes(shift) + data, newline=False)[(0, 2, 3)[shift] : whole].decode()


def _windows(form: str, *, whole: bool) -> Iterator[tuple[str, str, int]]:
    """Pieces one of which is in every part of the form that is to be found: (piece, form, where in it)."""
    size = min(PIECE, len(form))
    last = len(form) - size
    for start in sorted({0, last, *(range(0, last, _STEP) if whole else ())}):
        yield form[start : start + size], form, start


def _find(text: str, piece: str, form: str, start: int) -> Iterator[tuple[int, int]]:
    """Where the form stands, or as much of it as there is around this piece."""
    place = text.find(piece)
    while place >= 0:
        left, right = place, place + len(piece)
        while left and start - (place - left) > 0 and text[left - 1] == form[start - (place - left) - 1]:
            left -= 1
        while right < len(text) and start + right - place < len(form) and text[right] == form[start + right - place]:
            right += 1
        yield left, right
        place = text.find(piece, right)


def _replace(text: str, spans: list[tuple[int, int]]) -> str:
    parts, last = [], 0
    for left, right in sorted(spans):
        if left >= last:
            parts += [text[last:left], SHOWN]
        last = max(last, right)
    return "".join([*parts, text[last:]])
