"""Jinja's filters and tests in sealed format 3: where a value becomes text, it does so by `value_text.json_text`.

Null is nothing in all of them: an empty text, list or group, and where there is none of these, null again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import wraps
from typing import Any

from jinja2 import pass_eval_context
from jinja2.filters import make_attrgetter
from jinja2.nodes import EvalContext

from promptops.templating.limits.meter import meter, rounds, weigh
from promptops.templating.limits.text_sizes import check_json
from promptops.templating.value_text import as_written_json, is_number, json_text

_Function = Callable[..., Any]
OF_TEXT = (
    "capitalize", "center", "e", "escape", "fence", "forceescape", "format", "indent", "lower", "replace", "safe",
    "string", "striptags", "title", "trim", "truncate", "upper", "urlize", "wordcount", "wordwrap",
)  # fmt: skip
"""Filters that see their value as text."""
OF_LISTS = (
    "batch", "count", "groupby", "join", "length", "list", "map", "reject", "rejectattr", "reverse", "select",
    "selectattr", "slice", "sort", "sum", "unique",
)  # fmt: skip
OF_GROUPS = ("dictsort", "items", "xmlattr")
_NULL_STAYS = ("abs", "filesizeformat", "first", "last", "max", "min", "round")
_SHORT = frozenset({int, float, bool})
_ITEM = 5
"""Steps for the text of an item."""


def text_filters(filters: Mapping[str, _Function]) -> dict[str, _Function]:
    """All of these filters, by the one rule."""
    found = dict(filters)
    found |= {name: change(found[name]) for name, change in _CHANGED.items()}
    found |= {name: _with_subject(found[name], bounded_text) for name in OF_TEXT}
    found |= {name: _with_subject(found[name], _or_empty(())) for name in OF_LISTS}
    found |= {name: _with_subject(found[name], _or_empty({})) for name in OF_GROUPS}
    found["reverse"] = _with_subject(filters["reverse"], _or_empty(""))  # as text or list: both are empty
    found |= {name: _unless_null(found[name]) for name in _NULL_STAYS}
    return found | {"string": bounded_text, "tojson": _tojson, "pprint": _pprint}


def text_tests(tests: Mapping[str, Any]) -> dict[str, _Function]:
    """All of these tests, by the one rule."""
    return {**tests, **{name: _with_subject(tests[name], bounded_text) for name in ("lower", "upper")}}


def bounded_text(value: Any) -> str:
    """`json_text`, after a look at how long that will be."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return ""
    if kind in _SHORT:
        return json_text(value)
    weigh(value)
    return meter().keep(json_text(value))


def percent_arguments(given: Any) -> Any:
    """What stands behind `%`, for a text with `%s` in it: numbers stay, for `%d` and `%.2f`."""
    if isinstance(given, tuple):
        return tuple(map(_percent_argument, given))
    if isinstance(given, dict):
        return _NamedArguments(given)
    return _percent_argument(given)


class _NamedArguments(dict[Any, Any]):
    """A group behind `%`: each of its fields for `%(name)s`, and all of it for `%s`."""

    def __getitem__(self, key: Any) -> Any:
        return _percent_argument(super().__getitem__(key))

    def __str__(self) -> str:
        return bounded_text(dict(self))

    __repr__ = __str__


class _WrittenBool(int):
    """1 or 0 that is written as JSON has it."""

    def __str__(self) -> str:
        return "true" if self else "false"

    __repr__ = __str__


class _WrittenDecimal(Decimal):
    """A number that `%r` writes as a number."""

    def __repr__(self) -> str:
        return str(self)


class _WrittenText(str):
    """The text of a value that is none: `%r` shows no quotes of Python's."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _percent_argument(value: Any) -> Any:
    if isinstance(value, str):
        return bounded_text(value)
    if isinstance(value, bool):
        return _WrittenBool(value)
    if isinstance(value, Decimal) and value.is_finite():
        return _WrittenDecimal(value)
    text = bounded_text(value)
    return value if is_number(value) else _WrittenText(text)


def _passed(function: _Function) -> int:
    """How many arguments Jinja itself gives a filter before the value."""
    return 1 if hasattr(function, "jinja_pass_arg") else 0


def _with_subject(function: _Function, change: Callable[[Any], Any]) -> _Function:
    place = _passed(function)

    @wraps(function)  # with the mark by which Jinja knows what else it wants
    def changed(*args: Any, **kwargs: Any) -> Any:
        return function(*args[:place], change(args[place]), *args[place + 1 :], **kwargs)

    @wraps(function)
    def directly(value: Any, *args: Any, **kwargs: Any) -> Any:
        return function(value if type(value) is str else change(value), *args, **kwargs)

    return changed if place else directly


def _or_empty(empty: Any) -> Callable[[Any], Any]:
    return lambda value: empty if value is None else value


def _unless_null(function: _Function) -> _Function:
    place = _passed(function)

    @wraps(function)
    def changed(*args: Any, **kwargs: Any) -> Any:
        return None if args[place] is None else function(*args, **kwargs)

    return changed


def _replace(function: _Function) -> _Function:
    @pass_eval_context
    def replace(context: EvalContext, text: str, old: Any, new: Any, count: int | None = None) -> Any:
        """Replace a text by another; null stands for no text, so there is nothing to replace."""
        return text if old is None else function(context, text, bounded_text(old), bounded_text(new), count)

    return replace


def _join(function: _Function) -> _Function:
    @pass_eval_context
    def join(context: EvalContext, value: Iterable[Any], d: Any = "", attribute: str | int | None = None) -> Any:
        """Join the texts of a list's items."""
        items = value if attribute is None else map(make_attrgetter(context.environment, attribute), value)
        return function(context, [bounded_text(item) for item in rounds(items, _ITEM)], bounded_text(d))

    return join


def _format(function: _Function) -> _Function:
    def format_text(text: str, *args: Any, **kwargs: Any) -> Any:
        """Fill the `%s` of a text."""
        return function(text, *map(_percent_argument, args), **{key: _percent_argument(kwargs[key]) for key in kwargs})

    return format_text


def _urlencode(function: _Function) -> _Function:
    def urlencode(value: Any) -> Any:
        """Quote a text, or the pairs of a group, for a URL."""
        if isinstance(value, Mapping):
            value = value.items()
        elif isinstance(value, str) or not isinstance(value, Iterable):
            return function(bounded_text(value))
        return function([(bounded_text(key), bounded_text(one)) for key, one in value])

    return urlencode


def _xmlattr(function: _Function) -> _Function:
    @pass_eval_context
    def xmlattr(context: EvalContext, d: Mapping[str, Any], autospace: bool = True) -> Any:
        """A group as attributes; those that are null are left out."""
        texts = {key: bounded_text(value) for key, value in d.items() if value is not None}
        return function(context, texts, autospace)

    return xmlattr


def _tojson(value: Any, indent: int | str | None = None) -> str:
    """A value as JSON is written: nothing is escaped for HTML, and null is `null`."""
    check_json(value, indent)
    return meter().keep(as_written_json(value, indent))


def _pprint(value: Any) -> str:
    """A value as JSON over several lines."""
    return _tojson(value, 2)


_CHANGED = {"format": _format, "join": _join, "replace": _replace, "urlencode": _urlencode, "xmlattr": _xmlattr}
"""Filters whose arguments or items become text too."""
