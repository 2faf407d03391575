"""Texts of people as Python source: whatever they hold, they stay texts."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable


def literal(text: str) -> str:
    """A string literal in double quotes, on one line, of printable characters only."""
    return '"' + "".join(_escaped(each, quotes=True) for each in text) + '"'


def docstring(text: str, indent: str) -> str:
    """The text as a docstring, its lines moved in by `indent`, without the line break behind it."""
    lines = ["".join(_escaped(each) for each in line).rstrip() for line in text.strip().splitlines()]
    first, *others = [re.sub('"(?="|$)', r"\\\"", line) for line in lines] or [""]
    rest = [f"{indent}{line}" if line else "" for line in [*others, '"""']] if others else []
    return "\n".join([f'{indent}"""{first}' + ("" if others else '"""'), *rest])


def _escaped(each: str, *, quotes: bool = False) -> str:
    if each == "\\" or (each == '"' and quotes):
        return f"\\{each}"
    if each.isprintable():
        return each
    code = ord(each)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def is_parameter(name: str) -> bool:
    """Whether a function in a class can have a parameter that is called exactly so."""
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("__")  # it would get the class's name
        and name != "self"
        and unicodedata.normalize("NFKC", name) == name  # as Python reads it
    )


def pascal_case(text: str) -> str:
    """`legal/privacy-note` as `LegalPrivacyNote`; empty where the text has no letter or digit of ASCII."""
    return "".join(part[:1].upper() + part[1:] for part in re.findall("[A-Za-z0-9]+", text))


class ClassNames:
    """Names for the classes of one module, no two alike and none that means something else there."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {*taken, *keyword.kwlist, *dir(builtins)}

    def take(self, *parts: str, ending: str = "") -> str:
        """A new name that tells where the class comes from."""
        found = "".join(map(pascal_case, parts))
        if not found or found[0].isdigit():
            found = f"Prompt{found}"
        number, name = 1, f"{found}{ending}"
        while name in self._taken:
            number += 1
            name = f"{found}{number}{ending}"
        self._taken.add(name)
        return name
