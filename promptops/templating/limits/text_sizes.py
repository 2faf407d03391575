"""How long a text will be, worked out before it is made. Each raises TemplateLimitError for one that is too long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from promptops.templating.limits.meter import (
    MAX_MESSAGE_CHARACTERS,
    TemplateLimitError,
    meter,
    size,
    weigh,
)

MAX_DIGITS = 4_300
"""Python writes no number of more."""
MAX_ITEMS = 1_000_000
_FIELD = re.compile(r"%(?:\([^()]*\))?[#0\- +]*(\*|[0-9]+)?(?:\.(\*|[0-9]+))?[hlL]?(%)?")
_DIGITS = re.compile(r"[0-9]+")


def check_padded(text: Any, width: Any) -> None:
    """A text that is filled up to a width."""
    meter().make(max(size(text), _number(width)))


def check_replaced(text: Any, old: Any, new: Any, most: Any = None) -> None:
    """A text in which another is replaced."""
    length = size(text)
    if not isinstance(text, str) or not isinstance(old, str):
        meter().make(length * (1 + size(new)))
        return
    found = text.count(old)
    if isinstance(most, int) and most >= 0:
        found = min(found, most)
    meter().make(max(length, length + found * (size(new) - len(old))))


def check_joined(items: Iterable[Any], separator: Any) -> list[Any]:
    """The items, which become one text with the separator between them."""
    listed = listed_items(items)
    meter().make(weigh(listed) + len(listed) * size(separator))
    return listed


def listed_items(items: Iterable[Any]) -> list[Any]:
    """The items, each of which was counted where it came from."""
    if isinstance(items, (str, range)):
        check_count(len(items))
    return items if isinstance(items, list) else list(items)


def check_count(count: int) -> None:
    """A list of so many items."""
    if count > MAX_ITEMS:
        raise TemplateLimitError(f"it makes a list of more than {MAX_ITEMS:,} items")
    meter().spend(count >> 2)


def check_indented(text: Any, width: Any) -> None:
    """A text in which every line is moved to the right by a number of blanks, or by a text."""
    lines = len(text.splitlines()) + 1 if isinstance(text, str) else 1
    meter().make(size(text) + lines * (len(width) if isinstance(width, str) else _number(width)))


def check_wrapped(text: Any, width: Any, separator: Any) -> None:
    """A text that is broken into lines."""
    length, columns = size(text), max(1, _number(width))
    hyphens = text.count("-") if isinstance(text, str) else 0
    meter().spend(4 * length + 100 * hyphens)  # the pattern that looks for the ends of words is slow
    breaks = 2 * length // columns + (len(text.splitlines()) if isinstance(text, str) else 0) + 1
    meter().make(length + breaks * (1 if separator is None else size(separator)))


def check_percent(template: str | bytes, values: Any) -> None:
    """`template % values`."""
    written = template if isinstance(template, str) else template.decode("latin-1")
    fields = [field.groups() for field in _FIELD.finditer(written)]
    given = (
        values if isinstance(values, tuple) else tuple(values.values()) if isinstance(values, Mapping) else (values,)
    )
    widths = sum(_number(part) for field in fields for part in field[:2] if part and part != "*")
    widths += _given_widths(fields, given)
    longest = max((size(value) for value in given), default=0)
    meter().make(len(written) + widths + len(fields) * longest)


def _given_widths(fields: Iterable[tuple[str | None, ...]], given: Sequence[Any]) -> int:
    """The widths that stand among the values: `%*d` takes one before its own."""
    widths, place = 0, 0
    for width, precision, percent in fields:
        for part in (width, precision):
            if part == "*" and place < len(given):
                widths += abs(given[place]) if isinstance(given[place], int) else 0
            place += part == "*"
        place += not percent
    return widths


def check_format_spec(value: Any, spec: str) -> None:
    """A field of `str.format`."""
    numbers = [_number(found) for found in _DIGITS.findall(spec)]
    meter().make(sum(numbers) + size(value))


def check_json(value: Any, indent: Any) -> None:
    """A value as JSON; every line of it is indented once more for each list around it."""
    weight = weigh(value)
    width = len(indent) if isinstance(indent, str) else _number(indent)
    depth, items = nesting(value) if width else (0, 0)
    meter().make(weight + depth * items * width)


def nesting(value: Any) -> tuple[int, int]:
    """How many lists and groups stand in one another, and how many items in all; of a value that was weighed."""
    depth, items, level = 0, 1, [value]
    while level := [one for one in level if isinstance(one, (list, tuple, dict))]:
        depth += 1
        level = [part for one in level for part in (one.values() if isinstance(one, dict) else one)]
        items += len(level)
    return depth, items


def check_digits(value: Any) -> None:
    """A number's text, or a number that stands for as many digits as it says."""
    far = isinstance(value, (str, bytes)) and len(value) > MAX_DIGITS
    if not far and hasattr(value, "adjusted"):  # a Decimal: 1E+999999999 is short, and an integer of a gigabyte
        far = abs(value.adjusted()) > MAX_DIGITS
    if far or (isinstance(value, int) and abs(value) > MAX_DIGITS):
        raise TemplateLimitError("it makes a number of thousands of digits", "write a smaller number")


def _number(value: Any) -> int:
    """As a width; a text of digits that Python would not read is longer than anything."""
    if isinstance(value, str):
        return int(value) if len(value) < 20 else MAX_MESSAGE_CHARACTERS + 1
    return max(0, value) if isinstance(value, int) else 0
