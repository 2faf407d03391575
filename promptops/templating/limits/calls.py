"""Methods of values that can make much of little. Every call of a template passes here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from string import Formatter
from typing import Any

from jinja2.runtime import Macro
from jinja2.sandbox import SandboxedEscapeFormatter, SandboxedFormatter

from promptops.templating.limits.meter import SMALL, meter, weigh, weighed
from promptops.templating.limits.text_sizes import (
    check_format_spec,
    check_joined,
    check_padded,
    check_replaced,
    listed_items,
)

Arguments = tuple[Any, ...]
Keywords = Mapping[str, Any]
Check = Callable[[Any, Arguments, Keywords], Arguments]
_CALL = 50
"""Steps of a call beside what is called."""
_AT_ONCE = frozenset({"get", "items", "keys", "values"})
"""What does not look at each item, as `count` and `index` do."""


def checked_arguments(function: Any, arguments: Arguments, keywords: Keywords) -> Arguments:
    """The arguments to call it with. TemplateLimitError where the result would be too large."""
    meter().spend(_CALL + len(arguments))
    owner = getattr(function, "__self__", None)
    if isinstance(function, Macro) or owner is None:
        return arguments
    if isinstance(owner, (str, bytes)):
        meter().spend(len(owner) >> 4)
        check = _TEXT_METHODS.get(function.__name__)
        return check(owner, arguments, keywords) if check else arguments
    if isinstance(owner, (list, tuple, dict, range)) and function.__name__ not in _AT_ONCE:
        weigh(owner if not isinstance(owner, range) else list(owner))
    if getattr(function, "__name__", "") == "to_bytes":
        meter().make(int((*arguments, *keywords.values(), 1)[0]))
    if getattr(function, "__name__", "") == "strftime":
        meter().make(256 * weigh(arguments))
    for value in arguments:
        weighed(value)
    return arguments


def kept(result: Any) -> Any:
    """What a call gave; texts are remembered."""
    return meter().keep(result) if isinstance(result, str) and len(result) >= SMALL else result


class BoundedFormatter(SandboxedFormatter):
    """`str.format`, with each field checked before it is written."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        """The field as text."""
        check_format_spec(value, format_spec)
        return meter().keep(str(super().format_field(value, format_spec)))

    def vformat(self, format_string: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """The whole text."""
        pieces = 0
        for literal, field, _, _ in Formatter.parse(self, format_string):
            pieces += len(literal or "") + (field is not None)
        meter().spend(20 * pieces)
        return super().vformat(format_string, args, kwargs)


class BoundedEscapeFormatter(BoundedFormatter, SandboxedEscapeFormatter):
    """The same for a text that was marked as safe: what it is filled with is escaped."""


def _padded(text: Any, arguments: Arguments, keywords: Keywords) -> Arguments:
    check_padded(text, arguments[0] if arguments else 0)
    return arguments


def _with_tabs(text: Any, arguments: Arguments, keywords: Keywords) -> Arguments:
    width = arguments[0] if arguments else keywords.get("tabsize", 8)
    meter().make(
        len(text) + text.count("\t" if isinstance(text, str) else b"\t") * (width if isinstance(width, int) else 0)
    )
    return arguments


def _replaced(text: Any, arguments: Arguments, keywords: Keywords) -> Arguments:
    if len(arguments) >= 2:
        check_replaced(text, *arguments[:3])
    return arguments


def _joined(text: Any, arguments: Arguments, keywords: Keywords) -> Arguments:
    return (check_joined(listed_items(arguments[0]), text), *arguments[1:]) if arguments else arguments


def _translated(text: Any, arguments: Arguments, keywords: Keywords) -> Arguments:
    table = arguments[0] if arguments else {}
    values = table.values() if isinstance(table, Mapping) else ()
    meter().make(len(text) * max((len(value) for value in values if isinstance(value, str)), default=1))
    return arguments


_TEXT_METHODS: dict[str, Check] = {
    **dict.fromkeys(("center", "ljust", "rjust", "zfill"), _padded),
    "expandtabs": _with_tabs,
    "replace": _replaced,
    "join": _joined,
    "translate": _translated,
}
TEXT_METHODS_THAT_GROW = (*_TEXT_METHODS, "format", "format_map", "hex")
