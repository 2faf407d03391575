"""A regular expression as the positions of its characters, and which may follow which (Glushkov's automaton).

Two ways through it that read the same text are two ways that a backtracking engine tries.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from functools import reduce
from importlib import import_module
from operator import or_
from typing import Any, NamedTuple

# Private, and the same since Python 3.11; see promptops.templating.json_schema.python_patterns.
_parser, _codes = import_module("re._parser"), import_module("re._constants")
_MOST_COPIES, _MOST_EXPANDED, _MOST_POSITIONS = 10, 100, 400
_ALWAYS = "aZ09_ .,-\n\t\x00éЖ中٣ıſK²\U0001f600"
"""A character of each kind; those that a pattern names, and their neighbours, come on top."""
_CATEGORIES = {
    f"CATEGORY_{name}": re.compile(written)
    for name, written in {
        "DIGIT": r"\d", "NOT_DIGIT": r"\D", "SPACE": r"\s", "NOT_SPACE": r"\S", "WORD": r"\w", "NOT_WORD": r"\W",
    }.items()
}  # fmt: skip


class TooManyPositions(Exception):
    """The expression is too large to be looked into."""


class Part(NamedTuple):
    """What a part may begin and end with (bits of positions), and in how many ways it may be nothing (2: or more)."""

    first: int = 0
    last: int = 0
    empty: int = 1


@dataclass
class Positions:
    """`characters[p]` are the characters of a position (bits of a sample), `follow[p]` the positions after it."""

    characters: list[int] = field(default_factory=list)
    follow: list[int] = field(default_factory=list)
    twice: list[int] = field(default_factory=list)
    """Like `follow`: those that follow in more than one way."""
    first: int = 0
    """Those that a text may begin with."""
    is_ambiguous: bool = False
    """Something that may be nothing in several ways is repeated."""


def read_positions(pattern: str) -> Positions:
    """Raises TooManyPositions, and re.error and its like for what is no expression."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about sets that may mean another thing one day
        tree = _parser.parse(pattern)
    reader = _Reader(pattern, tree.state.flags)
    reader.found.first = reader.sequence(tree).first
    return reader.found


class _Reader:
    def __init__(self, pattern: str, flags: int) -> None:
        self.found = Positions()
        near = {
            chr(code) for one in pattern for code in (ord(one) - 1, ord(one), ord(one) + 1) if 0 <= code <= 0x10FFFF
        }
        self._sample = sorted({*_ALWAYS, *near, *(one.swapcase()[:1] for one in near)})
        self._ignores_case = bool(flags & re.IGNORECASE) or re.search(r"\(\?[a-zA-Z]*i", pattern) is not None
        self._dot_is_all = bool(flags & re.DOTALL) or re.search(r"\(\?[a-zA-Z]*s", pattern) is not None
        self._known: dict[str, int] = {}
        self._doubtful = self._loops = 0

    def sequence(self, items: Any) -> Part:
        whole = Part()
        for code, value in items:
            whole = self._joined(whole, self._part(str(code), value))
        return whole

    def _part(self, code: str, value: Any) -> Part:
        match code:
            case "BRANCH":
                return reduce(self._either, [self.sequence(option) for option in value[1]])
            case "SUBPATTERN":
                return self.sequence(value[3])
            case "ATOMIC_GROUP":
                return self.sequence(value)
            case "GROUPREF_EXISTS":
                return self._either(self.sequence(value[1]), self.sequence(value[2] or []))
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeated(*value)
            case "ASSERT" | "ASSERT_NOT":
                self.sequence(value[1])
                return Part()
            case "AT" | "GROUPREF":
                return Part()
        return self._position(code, value)

    def _position(self, code: str, value: Any) -> Part:
        number = len(self.found.characters)
        if number >= _MOST_POSITIONS:
            raise TooManyPositions
        self.found.characters.append(self._characters(code, value))
        self.found.follow.append(0)
        self.found.twice.append(0)
        return Part(1 << number, 1 << number, 0)

    def _repeated(self, least: int, most: Any, items: Any) -> Part:
        endless = most is _codes.MAXREPEAT
        before, doubtful, loops = len(self.found.characters), self._doubtful, self._loops
        part = self.sequence(items)
        size = len(self.found.characters) - before
        if most == 1 and not endless:
            return part if least else self._either(part, Part())
        many = endless or most > _MOST_COPIES
        self.found.is_ambiguous |= many and (self._doubtful > doubtful or (part.empty > 0 and not endless))
        copies = least if endless else most
        if (copies > _MOST_COPIES and copies * size > _MOST_EXPANDED) or (copies > 3 and self._loops > loops):
            endless, copies, least = True, 1, min(1, least)
        parts = [part, *(self.sequence(items) for _ in range(copies - 1))]
        if endless:
            self._loops += 1
            self._link(parts[-1].last, parts[-1].first)
        rest = Part()
        for number in reversed(range(len(parts))):
            rest = self._joined(parts[number], rest)
            if number >= least:
                rest = Part(rest.first, rest.last, 1)
        return rest

    def _joined(self, left: Part, right: Part) -> Part:
        self._link(left.last, right.first)
        return Part(
            left.first | (right.first if left.empty else 0),
            right.last | (left.last if right.empty else 0),
            min(2, left.empty * right.empty),
        )

    def _either(self, left: Part, right: Part) -> Part:
        self._doubtful += left.empty + right.empty > 1
        return Part(left.first | right.first, left.last | right.last, min(2, left.empty + right.empty))

    def _link(self, ends: int, beginnings: int) -> None:
        for number in bits(ends):
            self.found.twice[number] |= self.found.follow[number] & beginnings
            self.found.follow[number] |= beginnings

    def _characters(self, code: str, value: Any) -> int:
        key = f"{code}{value}"
        if key not in self._known:
            found = (1 << place for place, one in enumerate(self._sample) if self._holds(code, value, one))
            self._known[key] = reduce(or_, found, 0)
        return self._known[key]

    def _holds(self, code: str, value: Any, one: str) -> bool:
        forms = {one, *one.lower()[:1], *one.upper()[:1]} if self._ignores_case else {one}
        match code:
            case "ANY":
                return self._dot_is_all or one != "\n"
            case "NOT_LITERAL":
                return any(ord(form) != value for form in forms)
            case "LITERAL":
                return any(ord(form) == value for form in forms)
            case "RANGE":
                return any(value[0] <= ord(form) <= value[1] for form in forms)
            case "CATEGORY":
                return _CATEGORIES[str(value)].match(one) is not None
            case "IN":
                negated = str(value[0][0]) == "NEGATE"
                inside = any(self._holds(str(kind), given, one) for kind, given in value[negated:])
                return not inside if negated else inside
        return True


def bits(number: int) -> list[int]:
    """The places of the ones in a number."""
    found = []
    while number:
        lowest = number & -number
        found.append(lowest.bit_length() - 1)
        number ^= lowest
    return found
