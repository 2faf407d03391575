"""Regular expressions as Python reads them, written for the engines of jsonschema-rs.

JSON Schema leaves the dialect open, and schemas here have always been read by Python's `re`: `\\w` and `\\d` know
letters and digits of every script, `.` is anything but a line feed, `\\Z` and `(?P<name>…)` are words of it. The
engines read ECMAScript, where `^\\w+$` refuses "Müller". So a pattern is read by Python and written anew.
"""

from __future__ import annotations

import re
import warnings
from importlib import import_module
from typing import Any, NamedTuple

# Private, and the same since Python 3.11. What is not known to us is not translated, so a new node loses speed only.
_parser, _codes = import_module("re._parser"), import_module("re._constants")

_WORD, _DIGIT = r"\p{L}\p{N}_", r"\p{Nd}"
_SPACE = r"\x{9}-\x{d}\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
_NOT_SPACE = (
    r"\x{0}-\x{8}\x{e}-\x{1b}\x{21}-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}"
    r"\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10FFFF}"
)
_CLASSES = {
    "CATEGORY_WORD": _WORD,
    "CATEGORY_DIGIT": _DIGIT,
    "CATEGORY_NOT_DIGIT": r"\P{Nd}",
    "CATEGORY_SPACE": _SPACE,
    "CATEGORY_NOT_SPACE": _NOT_SPACE,
}
_ANYTHING = r"[\x{0}-\x{10FFFF}]"
_PLACES = {
    "AT_BEGINNING_STRING": "^",
    "AT_END_STRING": "$",
    "AT_END": "$",  # to the engines the very end; a line feed at the end was never let through here either
    "AT_BOUNDARY": r"\b",
    "AT_NON_BOUNDARY": r"\B",
}
_ATOMS = ("LITERAL", "NOT_LITERAL", "ANY", "IN", "SUBPATTERN")
_KNOWN_FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE | re.UNICODE
_SPECIAL = frozenset(r"\.+*?()|[]{}^$&~#-")


class PythonPattern(NamedTuple):
    """A pattern written for the engines; `is_linear` where it needs neither look-around nor back-reference."""

    text: str
    is_linear: bool


class _Untranslatable(Exception):
    """The pattern has a part that no engine but Python's has."""


def translate(pattern: str) -> PythonPattern | None:
    """The pattern for the engines; None for one that only Python's `re` can run. Raises re.error and its like."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about sets that may mean another thing one day
        tree = _parser.parse(pattern)
    writer = _Writer()
    try:
        return PythonPattern(writer.sequence(tree, tree.state.flags), writer.is_linear)
    except _Untranslatable:
        return None


def python_form(pattern: str) -> str:
    """What `re` is given: `$` is the very end of the text, as in JSON Schema, not the place before a last line feed."""
    strict = re.sub(r"(?<!\\)\$", r"\\Z", pattern)
    try:
        re.compile(strict)
    except re.error:  # it stood in a set
        return pattern
    return strict


class _Writer:
    """Writes the tree that Python's reader makes of a pattern. Whether something is found is all that has to agree."""

    def __init__(self) -> None:
        self.is_linear = True

    def sequence(self, items: Any, flags: int) -> str:
        """One node after the other."""
        if flags & ~_KNOWN_FLAGS:
            raise _Untranslatable  # ASCII letters only, locales
        text = "".join(self._node(str(code), value, flags) for code, value in items)
        return f"(?i:{text})" if flags & re.IGNORECASE else text

    def _node(self, code: str, value: Any, flags: int) -> str:
        match code:
            case "LITERAL":
                return _literal(value)
            case "NOT_LITERAL":
                return f"[^{_literal(value)}]"
            case "ANY":
                return _ANYTHING if flags & re.DOTALL else r"[^\n]"
            case "IN":
                return _set(value)
            case "AT":
                return _place(str(value), flags)
            case "BRANCH":
                return f"(?:{'|'.join(self.sequence(option, flags) for option in value[1])})"
            case "SUBPATTERN":
                group, added, removed, inner = value
                opening = "(?:" if group is None else "("
                return f"{opening}{self._scoped(inner, flags, added, removed)})"
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = value
                return self._repeated(inner, flags) + _times(least, most)
        return self._not_linear(code, value, flags)

    def _repeated(self, inner: Any, flags: int) -> str:
        # A bare set, counted, is checked without a state for each count: 100 ms to compile are 10 µs then.
        is_one = len(inner) == 1 and str(inner[0][0]) in _ATOMS and not flags & re.IGNORECASE
        text = self.sequence(inner, flags)
        return text if is_one else f"(?:{text})"

    def _not_linear(self, code: str, value: Any, flags: int) -> str:
        self.is_linear = False
        match code:
            case "ASSERT" | "ASSERT_NOT":
                direction, inner = value
                opening = ("(?<" if direction < 0 else "(?") + ("=" if code == "ASSERT" else "!")
                return f"{opening}{self.sequence(inner, flags)})"
            case "GROUPREF":
                return f"(?:\\{value})"
        raise _Untranslatable

    def _scoped(self, inner: Any, flags: int, added: int, removed: int) -> str:
        text = self.sequence(inner, (flags | added) & ~removed)
        return f"(?-i:{text})" if removed & re.IGNORECASE else text


def _place(name: str, flags: int) -> str:
    if name == "AT_BEGINNING":
        return "(?m:^)" if flags & re.MULTILINE else "^"
    if name not in _PLACES:
        raise _Untranslatable
    return _PLACES[name]


def _times(least: Any, most: Any) -> str:
    if most is _codes.MAXREPEAT:
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def _set(items: Any) -> str:
    """A set of characters. What is no word character has no name in the engines, so it stands beside the set."""
    parts = [(str(code), value) for code, value in items]
    is_negated = bool(parts) and parts[0][0] == "NEGATE"
    wanted = parts[1:] if is_negated else parts
    without = [part for part in wanted if not _is_no_word(part)]
    if len(without) == len(wanted):
        return f"[{'^' if is_negated else ''}{''.join(map(_member, wanted))}]"
    if not is_negated:
        others = f"|[{''.join(map(_member, without))}]" if without else ""
        return f"(?:[^{_WORD}]{others})"
    return _word_characters_but(without)


def _word_characters_but(unwanted: list[tuple[str, Any]]) -> str:
    """`[^\\W\\d_]` is how Python says "a letter"."""
    found = {r"\p{L}": True, _DIGIT: True, r"\p{Nl}\p{No}": True, "_": True}
    for code, value in unwanted:
        name = _member((code, value))
        if name not in found:
            raise _Untranslatable
        found[name] = False
    return f"[{''.join(name for name, is_in in found.items() if is_in)}]"


def _is_no_word(part: tuple[str, Any]) -> bool:
    return part[0] == "CATEGORY" and str(part[1]) == "CATEGORY_NOT_WORD"


def _member(part: tuple[str, Any]) -> str:
    code, value = part
    match code:
        case "LITERAL":
            return _literal(value)
        case "RANGE":
            return f"{_literal(value[0])}-{_literal(value[1])}"
        case "CATEGORY" if str(value) in _CLASSES:
            return _CLASSES[str(value)]
    raise _Untranslatable


def _literal(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF:
        raise _Untranslatable
    character = chr(code)
    if character in _SPECIAL:
        return f"\\{character}"
    return character if character.isprintable() else f"\\x{{{code:x}}}"
