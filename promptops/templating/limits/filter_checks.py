"""For each of Jinja's filters, how large what it will make is. Each check raises TemplateLimitError for too much.

Every filter is in one of the groups below: a test holds the list against Jinja's, so that none can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from promptops.templating.limits.meter import meter, rounds, size, weigh
from promptops.templating.limits.text_sizes import (
    check_count,
    check_digits,
    check_indented,
    check_joined,
    check_json,
    check_padded,
    check_percent,
    check_replaced,
    check_wrapped,
    listed_items,
    nesting,
)

Arguments = tuple[Any, ...]
Keywords = Mapping[str, Any]
Check = Callable[[Any, Arguments, Keywords], Any]
"""(value, arguments, keywords) → the value to go on with."""

SHALLOW = frozenset({
    "abs", "attr", "count", "d", "default", "first", "items", "last", "length",
})  # fmt: skip
"""What does not depend on how large the value is."""
TEXTS = {
    **dict.fromkeys(("capitalize", "lower", "safe", "string", "trim", "upper"), 16),
    **dict.fromkeys(("e", "escape", "forceescape"), 128),
    **dict.fromkeys(("title", "urlencode", "wordcount"), 8192),
}
"""What makes of a text one that is at most some times as long, and the steps that 1,024 characters take it."""
LISTS = {"list": 1, "reverse": 1, **dict.fromkeys(("map", "reject", "rejectattr", "select", "selectattr"), 15)}
"""What looks once at each item, and the steps that it takes."""
COMPARING = frozenset({"dictsort", "groupby", "max", "min", "sort", "unique"})
_COMPARISON, _GROUP = 20, 200


def check_of(name: str) -> Check:
    """The check of a filter that is neither SHALLOW nor one of TEXTS; one that is not known is checked all the same."""
    if name in LISTS:
        return lambda value, arguments, keywords: _each(value, LISTS[name])
    if name in COMPARING:
        return _grouped if name == "groupby" else _compared
    return CHECKS.get(name, _weighed)


def _argument(arguments: Arguments, keywords: Keywords, place: int, name: str, default: Any = None) -> Any:
    return arguments[place] if len(arguments) > place else keywords.get(name, default)


def _weighed(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    """A filter that is not known: of a value, and with others, that may be written."""
    for one in (value, *arguments, *keywords.values()):
        meter().make(size(one))
    return value


def _each(value: Any, cost: int) -> Any:
    if isinstance(value, str):
        check_count(len(value))
    if not hasattr(value, "__len__"):
        return rounds(value, cost) if hasattr(value, "__next__") else value
    meter().spend(cost * len(value))
    return value


def _compared(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    if isinstance(value, dict):
        meter().spend(_COMPARISON * len(value))
        weigh(value)
        return value
    items = listed_items(value)
    meter().spend(_COMPARISON * len(items))
    weigh(items)
    return items


def _grouped(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    items = _compared(value, arguments, keywords)
    meter().spend(_GROUP * len(items))
    return items


def _center(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    check_padded(value, _argument(arguments, keywords, 0, "width", 80))
    return value


def _indent(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    check_indented(value, _argument(arguments, keywords, 0, "width", 4))
    return value


def _wordwrap(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    width = _argument(arguments, keywords, 0, "width", 79)
    check_wrapped(value, width, _argument(arguments, keywords, 2, "wrapstring"))
    return value


def _replace(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    old, new = (_argument(arguments, keywords, place, name, "") for place, name in enumerate(("old", "new")))
    check_replaced(value, old, new, _argument(arguments, keywords, 2, "count"))
    return value


def _join(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    if isinstance(value, str):
        check_count(len(value))
    return check_joined(value, _argument(arguments, keywords, 0, "d", ""))


def _format(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    meter().make(size(value))
    check_percent(value if isinstance(value, str) else str(value), keywords or arguments)
    return value


def _tojson(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    check_json(value, _argument(arguments, keywords, 0, "indent"))
    return value


def _pprint(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    weight = weigh(value)
    meter().spend(60 * weight)
    depth, items = nesting(value)
    meter().make(weight + items * depth)
    return value


def _batch(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    filled = _argument(arguments, keywords, 1, "fill_with") is not None
    if filled:
        check_count(_whole(_argument(arguments, keywords, 0, "linecount", 0)))
    return _each(value, 2)


def _slice(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    check_count(4 * _whole(_argument(arguments, keywords, 0, "slices", 0)))
    return _each(value, 2)


def _truncate(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    meter().make(size(value) + size(_argument(arguments, keywords, 2, "end", "...")))
    return value


def _xmlattr(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    meter().make(6 * weigh(value))
    return value


def _urlize(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    words = str(value).split() if isinstance(value, str) else []
    longest = max(map(len, words), default=0)
    meter().spend(longest * longest >> 4)  # its patterns look at each end of a word anew
    meter().spend(20 * len(words))
    around = 60 + sum(size(one) for one in (*arguments, *keywords.values()) if isinstance(one, str))
    meter().make(6 * size(value) + len(words) * around)
    return value


def _striptags(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    length = size(value)
    meter().make(length)
    if isinstance(value, str):  # each tag is taken out of the whole text
        meter().spend(value.count("<") * (1 + (length >> 10)))
    return value


def _number(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    if not isinstance(value, (int, float)):
        check_digits(value)
    if isinstance(value, (str, bytes)):
        meter().spend(len(value) ** 2 >> 14)
    return value


def _round(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    check_digits(_argument(arguments, keywords, 0, "precision", 0))
    return value


def _sum(value: Any, arguments: Arguments, keywords: Keywords) -> Any:
    items = listed_items(value)
    weight = weigh(items)
    if not isinstance(_argument(arguments, keywords, 1, "start", 0), (int, float)):
        meter().spend(len(items) * weight >> 6)  # lists are put together one by one
    return items


def _whole(value: Any) -> int:
    return max(0, value) if isinstance(value, int) else 0


CHECKS: dict[str, Check] = {
    "batch": _batch,
    "center": _center,
    "filesizeformat": _number,
    "float": _number,
    "format": _format,
    "indent": _indent,
    "int": _number,
    "join": _join,
    "pprint": _pprint,
    "replace": _replace,
    "round": _round,
    "slice": _slice,
    "striptags": _striptags,
    "sum": _sum,
    "tojson": _tojson,
    "truncate": _truncate,
    "urlize": _urlize,
    "wordwrap": _wordwrap,
    "xmlattr": _xmlattr,
}
