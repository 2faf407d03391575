"""Texts compared as people read them, and names for differences that nobody sees.

Unicode spells é in two ways, as one character or as e with a mark behind it, and shows both alike; NFC (UAX #15) makes
them one. What is not one, but looks it (a no-break space, a curly quote, a Cyrillic а), stays different: a program that
reads the reply would trip over it. `unseen_difference` says so, where a comparison failed for nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from promptops.text.confusables import LATIN_OF

_PIECE = 100
"""Characters that are brought into one form at a time."""
_SPACES = "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
_APOSTROPHES, _QUOTES = "\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4`", "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
_PLAIN = str.maketrans(
    dict.fromkeys(_SPACES, " ")
    | dict.fromkeys(_APOSTROPHES, "'")
    | dict.fromkeys(_QUOTES, '"')
    | dict.fromkeys(_DASHES, "-")
    | LATIN_OF
    # Comparisons that ignore case have small letters, and some of them look like Latin ones only as capitals.
    | {letter.lower(): latin.lower() for letter, latin in LATIN_OF.items()}
)
_WORDS = {
    " ": "a space",
    "\t": "a tab",
    "\n": "a line break",
    "\xa0": "a no-break space",
    "\u202f": "a narrow no-break space",
    "\u3000": "a full-width space",
    "'": "a straight apostrophe",
    '"': "a straight quotation mark",
    "-": "a hyphen",
    "\u2011": "a no-break hyphen",
    "\u2013": "an en dash",
    "\u2014": "an em dash",
    "\u2212": "a minus sign",
    "\u2026": "an ellipsis",
    "`": "a backtick",
    "\u00ad": "a soft hyphen",
    "\u200b": "a zero-width space",
    "\ufeff": "a byte order mark",
}


def comparable(text: str) -> str:
    """The text in NFC: what is shown alike by its letters is spelled alike."""
    if text.isascii():
        return text
    if len(text) <= 2 * _PIECE:
        return unicodedata.normalize("NFC", text)
    return "".join([unicodedata.normalize("NFC", piece) for piece in _pieces(text)])


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces, cut before characters that join nothing before them; a mass of marks is cut anywhere.

    Putting the marks behind one letter in order takes the square of their number: 40,000 take seconds.
    """
    start = 0
    while start < len(text):
        end = start + _PIECE
        while end < min(len(text), start + 2 * _PIECE) and _joins(text[end]):
            end += 1
        yield text[start:end]
        start = end


def _joins(char: str) -> bool:
    """Whether the character may become one with what stands before it: a mark, or a part of a Korean syllable."""
    return not char.isascii() and (unicodedata.category(char)[0] == "M" or "\u1160" <= char <= "\u11ff")


def casefolded(text: str) -> str:
    """The same without capitals: two texts that differ in case alone become one."""
    return text.casefold() if text.isascii() else comparable(comparable(text).casefold())


def comparable_value(value: Any) -> Any:
    """JSON data with every text and key in NFC; as it is where it is nested too deeply to be looked through."""
    try:
        return _in_nfc(value)
    except RecursionError:
        return value


def _in_nfc(value: Any) -> Any:
    if isinstance(value, str):
        return comparable(value)
    if isinstance(value, list):
        return [_in_nfc(item) for item in value]
    if isinstance(value, dict):
        return {comparable(key): _in_nfc(item) for key, item in value.items()}
    return value


def unseen_difference(expected: str, given: str, fits: Callable[[str, str], bool]) -> str:
    """Why `given` does not fit although it looks as if it did; empty where a reader would see the difference too.

    `fits(expected, given)` is the comparison, which failed: it is made again without what nobody sees.
    """
    if given.isascii() and expected.isascii() and "\n" not in given + expected and "  " not in given + expected:
        return ""
    expected, given = comparable(expected), comparable(given)
    plain_expected, plain_given = expected.translate(_PLAIN), given.translate(_PLAIN)
    if fits(plain_expected, plain_given):
        return _first_exchange(expected, given, plain_given.find(plain_expected))
    bare_expected, bare_given = _UNSEEN.sub("", plain_expected), _UNSEEN.sub("", plain_given)
    if fits(bare_expected, bare_given):
        return _hidden("the expected text", expected) or _hidden("the reply", given)
    if fits(" ".join(bare_expected.split()), " ".join(bare_given.split())):
        return "it differs in spaces or line breaks alone"
    if fits(_compatible(bare_expected), _compatible(bare_given)):
        return _of_another_form("the reply", given) or _of_another_form("the expected text", expected)
    return ""


def made_plain(text: str) -> str:
    """The text, character by character, with what is seen on every keyboard for what only looks like it."""
    return comparable(text).translate(_PLAIN)


def without_unseen(text: str) -> str:
    """The text without the characters that nobody sees."""
    return _UNSEEN.sub("", text)


def unseen_in_match(text: str, start: int, length: int) -> str:
    """What is in this part of a reply that looks like something else, or like nothing; empty where there is nothing."""
    part = text[start : start + length]
    return _first_exchange(made_plain(part), part, 0) or _hidden("the reply", part)


def _compatible(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _of_another_form(whose: str, text: str) -> str:
    """`the reply has an ellipsis (U+2026) for '...'`: ligatures, full-width letters, raised digits."""
    for char in text:
        if not char.isascii() and (plain := _compatible(char)) != char and char not in _SPACES:
            return f"{whose} has {character_name(char)} for '{plain}'"
    return ""


def _hidden(whose: str, text: str) -> str:
    found = _UNSEEN.search(text)
    return f"{whose} has {character_name(found[0])} in it, which nobody sees" if found else ""


def _first_exchange(expected: str, given: str, start: int) -> str:
    """`the reply has a no-break space (U+00A0) where a space was expected`."""
    start = max(0, start)
    for wanted, found in zip(expected, given[start : start + len(expected)], strict=False):
        if wanted != found:
            return f"the reply has {character_name(found)} where {character_name(wanted)} was expected"
    return ""


def character_name(char: str) -> str:
    """A character that is mistaken for another, in words: `a curly apostrophe (U+2019)`."""
    code = "" if char.isascii() else f" (U+{ord(char):04X})"
    if char in _WORDS:
        return _WORDS[char] + code
    if char in _APOSTROPHES:
        return f"a curly apostrophe{code}"
    if char in _QUOTES:
        return f"a curly quotation mark{code}"
    name = unicodedata.name(char, "an unnamed character")
    alphabet, kind, _ = (f"{name}  ").split(" ", 2)
    if kind in ("SMALL", "CAPITAL") and char.isalpha():
        return f"the {alphabet.title()} letter '{char}'{code}"
    return f"a character called {name.lower()}{code}"
