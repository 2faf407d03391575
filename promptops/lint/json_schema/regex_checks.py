"""Regular expressions in schemas: broken ones, and those that can take for ever."""

from __future__ import annotations

import re

MAX_PATTERN = 1000
"""Longer ones are not looked into: compiling takes its time."""


def broken(pattern: str) -> str:
    """Why Python cannot read the expression; empty when it can, or when only JavaScript, whose dialect it is, could."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about sets that may mean another thing one day
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as exc:
        foreign = re.search(r"\\[pPcuk]|\(\?<[A-Za-z]\w*>|\[\^?\]", pattern)
        return "" if foreign else str(exc) or "too deep"
    return ""


def not_linear(pattern: str) -> str:
    """What in it keeps an engine from reading each text in one pass: "a look-around"; empty when nothing does."""
    from promptops.templating.json_schema.python_patterns import translate

    looks_around = re.search(r"(?<!\\)\(\?<?[=!]", pattern) is not None
    try:
        found = translate(pattern)
    except (re.error, RecursionError, OverflowError):  # it is none, or one that only the engine reads
        return "a look-around" if looks_around else ""
    if found is None:
        return "a construct that only Python reads"
    if found.is_linear:
        return ""
    return "a look-around" if looks_around else "a back-reference"


def explodes(pattern: str) -> bool:
    """Whether a repeated group repeats again inside, with nothing fixed between the rounds: `(a+)+`, `(\\w+\\s?)*`.

    A text that does not fit is then tried in twice as many ways with each further character. `(\\w+,)*` is harmless:
    the comma says where a round ends.
    """
    groups: list[_Group] = [_Group()]
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "(":
            groups.append(_Group())
            position = _after_opener(pattern, position)
            continue
        if char == "|":
            groups[-1].next_option()
            position += 1
            continue
        inner = None
        if char == ")":
            if len(groups) == 1:
                return False
            inner = groups.pop()
            inner.next_option()
            position += 1
        else:
            position = _after_atom(pattern, position)
        least, endless, position = _quantifier(pattern, position)
        if endless and inner is not None and inner.ambiguous:
            return True
        if char not in "^$":
            groups[-1].add(least, endless)
    return False


class _Group:
    """What the current option of a group must match, and whether one option can be split in many ways."""

    def __init__(self) -> None:
        self.fixed = 0
        self.repeated = 0
        self.endless = False
        self.ambiguous = False

    def add(self, least: int, endless: bool) -> None:
        """One more thing to match."""
        self.endless = self.endless or endless
        if least > 0:
            self.repeated += endless
            self.fixed += not endless

    def next_option(self) -> None:
        """The end of an option: it is ambiguous when at most one thing in it must be there, and that has no end."""
        self.ambiguous = self.ambiguous or (self.endless and not self.fixed and self.repeated <= 1)
        self.fixed, self.repeated, self.endless = 0, 0, False


def _after_opener(pattern: str, position: int) -> int:
    found = re.compile(r"\((?:\?(?:[:=!>]|<[=!]|P?<\w+>))?").match(pattern, position)
    return found.end() if found else position + 1


def _after_atom(pattern: str, position: int) -> int:
    if pattern[position] == "\\":
        return position + 2
    if pattern[position] != "[":
        return position + 1
    position += 1
    if pattern.startswith("^", position):
        position += 1
    if pattern.startswith("]", position):  # the first one is a sign like others
        position += 1
    while position < len(pattern) and pattern[position] != "]":
        position += 2 if pattern[position] == "\\" else 1
    return position + 1


def _quantifier(pattern: str, position: int) -> tuple[int, bool, int]:
    """How often at least, whether without an end, and where the rest begins."""
    found = re.compile(r"[*+?]|\{(\d*)(,?)(\d*)\}").match(pattern, position)
    if found is None:
        return 1, False, position
    end = found.end() + pattern.startswith("?", found.end())
    if found[0][0] == "{":
        return min(1, int(found[1][:4] or 0)), bool(found[2]) and not found[3], end
    return int(found[0] == "+"), found[0] != "?", end
