"""The operators whose result can be far larger than what they are given."""

from __future__ import annotations

from typing import Any

from promptops.templating.limits.meter import TemplateLimitError, meter, weigh
from promptops.templating.limits.text_sizes import check_count, check_percent

INTERCEPTED = frozenset({"*", "**", "+", "%"})
_MAX_BITS = 14_000
"""About 4,200 digits: Python writes no number of more than 4,300."""
_LISTS = (list, tuple)
_TEXTS = (str, bytes)


def check_operands(operator: str, left: Any, right: Any) -> None:
    """TemplateLimitError where the result would fill the memory or take hours."""
    if operator == "+":
        _check_sum(left, right)
    elif operator == "%":
        if isinstance(left, _TEXTS):
            check_percent(left, right)
    elif isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
        if abs(left) > 1 and bits > _MAX_BITS:
            raise TemplateLimitError("it makes a number of thousands of digits", "write a smaller number")
    else:
        for value, times in ((left, right), (right, left)):
            if isinstance(times, int):
                _check_repeated(value, max(0, times))


def _check_sum(left: Any, right: Any) -> None:
    if isinstance(left, _TEXTS) and isinstance(right, _TEXTS):
        meter().make(len(left) + len(right))
    elif isinstance(left, _LISTS) and isinstance(right, _LISTS):
        check_count(len(left) + len(right))


def _check_repeated(value: Any, times: int) -> None:
    if isinstance(value, _TEXTS):
        meter().make(len(value) * times)
    elif isinstance(value, _LISTS):
        check_count(len(value) * times)
        meter().make(weigh(value) * times)
