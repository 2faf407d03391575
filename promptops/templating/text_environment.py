"""The sandbox of sealed format 3, where values become text by one rule: in filters, operators, tests and `format`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Undefined
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEscapeFormatter

from promptops.templating.environment import TemplateEnvironment
from promptops.templating.limits.calls import BoundedFormatter
from promptops.templating.text_filters import bounded_text, percent_arguments, text_filters, text_tests
from promptops.templating.value_text import is_number


class _TextFormatter(BoundedFormatter):
    def format_field(self, value: Any, format_spec: str) -> Any:
        return super().format_field(value if is_number(value) else bounded_text(value), format_spec)

    def convert_field(self, value: Any, conversion: Any) -> Any:
        if conversion == "s" or (conversion and not isinstance(value, str)):
            return bounded_text(value)
        return super().convert_field(value, conversion)


class _EscapingTextFormatter(_TextFormatter, SandboxedEscapeFormatter):
    pass


class TextEnvironment(TemplateEnvironment):
    """A TemplateEnvironment in which each text of a value is that of `value_text.json_text`."""

    formatters = (_TextFormatter, _EscapingTextFormatter)  # type: ignore[assignment]

    def __init__(
        self, templates: Mapping[str, str] | None = None, resolve: Callable[[str, str], str] | None = None
    ) -> None:
        super().__init__(templates, resolve)
        self.finalize = bounded_text
        self.filters.update(text_filters(self.filters))
        self.tests.update(text_tests(self.tests))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """A text and something else are joined by `+`; `%` fills a text with texts."""
        if operator == "%" and isinstance(left, str):
            right = percent_arguments(right)
        elif operator == "+" and isinstance(left, str) != isinstance(right, str):
            left, right = _both_texts(left, right)
        return super().call_binop(context, operator, left, right)

    def join_texts(self, join: Callable[[tuple[Any, ...]], str], *parts: Any) -> str:
        """The operator `~`."""
        return super().join_texts(join, *map(bounded_text, parts))


def _both_texts(left: Any, right: Any) -> tuple[Any, Any]:
    if isinstance(left, Undefined) or isinstance(right, Undefined):
        return left, right  # its own words say which name is not known
    return bounded_text(left), bounded_text(right)
