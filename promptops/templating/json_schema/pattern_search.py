"""How each pattern of a schema is run: the linear engine if it takes it, else the bounded one, else a process."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import jsonschema_rs

from promptops.templating.json_schema.python_patterns import python_form, translate

SIZE_LIMIT, DFA_SIZE_LIMIT = 10 * 2**20, 2 * 2**20
"""Bytes a compiled pattern may take, and what it may keep while it runs: `a{1000}{1000}` is refused."""
BACKTRACK_LIMIT = 100_000
"""Steps, some milliseconds. What takes more is left to the process."""
LINEAR = jsonschema_rs.RegexOptions(size_limit=SIZE_LIMIT, dfa_size_limit=DFA_SIZE_LIMIT)
_BOUNDED = jsonschema_rs.FancyRegexOptions(
    backtrack_limit=BACKTRACK_LIMIT, size_limit=SIZE_LIMIT, dfa_size_limit=DFA_SIZE_LIMIT
)
_UNREADABLE = (re.error, RecursionError, OverflowError, MemoryError)


class PatternError(ValueError):
    """Nobody can read the pattern; the text says why."""


class PatternStoppedError(Exception):
    """There is no answer; the text goes on from the pattern: "took longer than 1 s"."""


class SchemaPattern(NamedTuple):
    """A pattern ready to run. `linear` is how the linear engine writes it; None where only `search` can run it."""

    source: str
    linear: str | None
    search: Callable[[str], bool]


def prepare_pattern(pattern: str, run: Callable[[str, str], bool]) -> SchemaPattern:
    """Choose how to run it; `run(pattern, text)` is Python's search, for what no engine takes. Raises PatternError."""
    written, python = _readings(pattern)
    linear = _compiled(written, LINEAR)
    if linear is not None:
        return SchemaPattern(pattern, written, linear.is_valid)
    bounded = _compiled(written, _BOUNDED)
    if bounded is None and python is None:
        raise PatternError(_reason(pattern))

    def search(text: str) -> bool:
        found = _bounded_search(bounded, text) if bounded is not None else None
        if found is not None:
            return found
        if python is None:
            raise PatternStoppedError("is too hard to match")
        return run(python, text)

    return SchemaPattern(pattern, None, search)


def _readings(pattern: str) -> tuple[str | None, str | None]:
    """The pattern for the engines, and for Python; None where it is nothing for them."""
    try:
        found = translate(pattern)
        return found.text if found else None, python_form(pattern)
    except _UNREADABLE:  # \p{L}, \cJ and (?<name>…) are words of the engines only
        return pattern, None


def _reason(pattern: str) -> str:
    try:
        re.compile(pattern)
    except _UNREADABLE as exc:
        return str(exc) or "it is too deep"
    return "it is too large"


def _compiled(written: str | None, options: Any) -> jsonschema_rs.Validator | None:
    if written is None:
        return None
    with suppress(ValueError):
        return jsonschema_rs.Draft202012Validator({"pattern": written}, pattern_options=options)
    return None


def _bounded_search(bounded: jsonschema_rs.Validator, text: str) -> bool | None:
    """Whether it is found; None when that took more than BACKTRACK_LIMIT steps."""
    error = next(bounded.iter_errors(text), None)
    if error is None:
        return True
    return False if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Pattern) else None
