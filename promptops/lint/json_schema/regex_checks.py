"""Regular expressions in schemas: broken ones, and those that can take for ever."""

from __future__ import annotations

import re

LONG_PATTERN = 1000
"""From here on it is mostly its length that keeps anybody from telling whether a pattern ends on every text."""
_MOST_READ = 100_000
"""Longer ones are not compiled here: that takes longer than a second."""


def broken(pattern: str) -> str:
    """Why Python cannot read the expression; empty when it can, or when only JavaScript, whose dialect it is, could."""
    import warnings

    if len(pattern) > _MOST_READ:
        return ""
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
    if len(pattern) > _MOST_READ:
        return "a look-around" if looks_around else ""
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
    """Whether a backtracking engine may take for ever: shown, or not to be ruled out. `(a+)+`, `(a|aa)+`, `(.*,)*x`.

    A text that does not fit is then tried in twice as many ways with each further character. `(\\w+,)*` is harmless:
    the comma says where a round ends. What nobody can read is no expression, and is told as such.
    """
    if not _REPEATS.search(pattern) and len(_CHOICES.findall(pattern)) < _FEW:
        return False
    if len(pattern) > _MOST_READ:
        return True
    from promptops.lint.json_schema.regex_growth import may_take_for_ever

    for form in (pattern, _as_python(pattern)):
        try:
            return may_take_for_ever(form)
        except (re.error, RecursionError, OverflowError):
            continue
    return False


_REPEATS = re.compile(r"[*+{]")
_CHOICES = re.compile(r"(?<!\()\?|\)[^|)]*\(")
"""Something that may be left out, and a group after a group."""
_FEW = 12
"""As many choices make 4,096 ways at most."""


def _as_python(pattern: str) -> str:
    """A pattern of the other dialect, with what Python calls by other names."""
    return re.sub(r"\\[pP]\{\^?\w+\}", r"\\w", re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", pattern))
