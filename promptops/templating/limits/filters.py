"""Jinja's filters and tests, each behind a look at what it is given; see `filter_checks`."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import wraps
from typing import Any

from promptops.templating.limits.filter_checks import SHALLOW, TEXTS, Check, check_of
from promptops.templating.limits.meter import SMALL, meter, rounds, size, weighed
from promptops.templating.limits.operators import check_operands
from promptops.templating.limits.text_sizes import check_count

_PLAIN: dict[str, Callable[[str], str]] = {
    "capitalize": str.capitalize, "lower": str.lower, "trim": str.strip, "upper": str.upper,
}  # fmt: skip
"""What these do with a text and nothing else: to call it at once costs no more than Jinja's own way."""


def bound_filters(filters: MutableMapping[str, Callable[..., Any]]) -> None:
    """Put a check before each filter, and add those that `instrument` writes into templates."""
    for name, function in filters.items():
        if name in TEXTS:
            bounded = _bounded_text(function, TEXTS[name])
            filters[name] = _bounded_plain(bounded, _PLAIN[name]) if name in _PLAIN else bounded
        elif name not in SHALLOW:
            filters[name] = _bounded(function, check_of(name))
    filters.update(INTERNAL)


def bound_tests(tests: Any) -> None:
    """Put a check before the tests that compare, and before those that calculate."""
    for name, function in tests.items():
        if name in _CALCULATING:
            tests[name] = _bounded_remainder(function)
        elif name not in _CHEAP_TESTS:
            tests[name] = _bounded_comparison(function, name == "in")


def _bounded_text(function: Callable[..., Any], cost: int) -> Callable[..., Any]:
    first = int(hasattr(function, "jinja_pass_arg"))

    @wraps(function)
    def bounded(*arguments: Any, **keywords: Any) -> Any:
        current = meter()
        length = size(arguments[first]) if len(arguments) > first else 0
        current.make(length)
        current.spend(length * cost >> 10)
        made = function(*arguments, **keywords)
        return current.keep(made) if isinstance(made, str) else made

    return bounded


def _bounded_plain(bounded: Callable[..., Any], plain: Callable[[str], str]) -> Callable[..., Any]:
    @wraps(bounded)
    def fast(value: Any, *arguments: Any, **keywords: Any) -> Any:
        if type(value) is str and len(value) < SMALL and not arguments and not keywords:
            return plain(value)
        return bounded(value, *arguments, **keywords)

    return fast


def _bounded(function: Callable[..., Any], check: Check) -> Callable[..., Any]:
    first = int(hasattr(function, "jinja_pass_arg"))

    @wraps(function)
    def bounded(*arguments: Any, **keywords: Any) -> Any:
        if len(arguments) > first:
            value = check(arguments[first], arguments[first + 1 :], keywords)
            arguments = (*arguments[:first], value, *arguments[first + 1 :])
        made = function(*arguments, **keywords)
        return meter().keep(made) if isinstance(made, str) else made

    return bounded


_CALCULATING = frozenset({"divisibleby", "even", "odd"})
_CHEAP_TESTS = frozenset({
    "boolean", "callable", "defined", "escaped", "false", "filter", "float", "integer", "iterable", "mapping", "none",
    "number", "sameas", "sequence", "string", "test", "true", "undefined",
})  # fmt: skip


def _bounded_comparison(function: Callable[..., Any], is_search: bool) -> Callable[..., Any]:
    @wraps(function)
    def bounded(*arguments: Any, **keywords: Any) -> Any:
        for value in (*arguments, *keywords.values()):
            _searched(value) if is_search else weighed(value)
        return function(*arguments, **keywords)

    return bounded


def _bounded_remainder(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def bounded(value: Any, *arguments: Any, **keywords: Any) -> Any:
        check_operands("%", value, next(iter((*arguments, *keywords.values())), 2))
        return function(value, *arguments, **keywords)

    return bounded


def _spend(cost: int) -> str:
    meter().spend(abs(cost))
    return ""


def _searched(value: Any) -> Any:
    """A text or a list in which another is looked for."""
    if isinstance(value, str):
        meter().spend(len(value) >> 4)
    return weighed(value)


def _made(value: Any) -> Any:
    """A part of a text or a list."""
    if isinstance(value, str) and len(value) >= SMALL:
        meter().make(len(value))
        meter().spend(len(value) >> 6)  # the operator copies as often as it is asked, and keeps nothing
        return meter().keep(value)
    if isinstance(value, (list, tuple)):
        check_count(len(value))
    return value


ROUNDS, SPEND, WEIGHED, SEARCHED, MADE = " rounds", " spend", " weighed", " searched", " made"
"""A blank in front: a template has no such names."""
INTERNAL: dict[str, Callable[..., Any]] = {
    ROUNDS: rounds, SPEND: _spend, WEIGHED: weighed, SEARCHED: _searched, MADE: _made,
}  # fmt: skip
