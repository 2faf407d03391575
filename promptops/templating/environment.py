"""The one sandboxed Jinja environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jinja2
from jinja2.lexer import Lexer
from jinja2.runtime import Context
from jinja2.sandbox import MAX_RANGE, ImmutableSandboxedEnvironment

from promptops.templating.value_text import as_text

MAX_MESSAGE_CHARACTERS = 10_000_000
_MAX_BITS = 14_000
"""About 4,200 digits: Python writes no number of more than 4,300."""


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """Jinja without reach: no attributes that begin with `_`, no changes to values, no files but those given.

    Nothing in it is random, so that the same closure and values give the same text; `*` and `**` have bounds.

    `resolve` turns (name, including template) into the key of a text; see promptops.templating.closure.
    """

    intercepted_binops = frozenset({"*", "**"})  # nor does Jinja work them out while it compiles

    def __init__(
        self, templates: Mapping[str, str] | None = None, resolve: Callable[[str, str], str] | None = None
    ) -> None:
        super().__init__(
            loader=jinja2.DictLoader(templates or {}),
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            finalize=as_text,
            cache_size=-1,  # a plain dictionary: Jinja's own cache has a lock, which a forked process may find held
        )
        self._resolve = resolve
        del self.filters["random"]
        del self.globals["lipsum"]

    @property
    def lexer(self) -> Lexer:
        """The one for all: Jinja keeps its own behind a lock, which a forked process may find held."""
        return _lexer()

    def join_path(self, template: str, parent: str) -> str:
        """The key of an included text."""
        return self._resolve(template, parent) if self._resolve else template

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """A product or a power. OverflowError for one that would fill the memory or take hours."""
        if problem := _size_problem(operator, left, right):
            raise OverflowError(problem)
        return super().call_binop(context, operator, left, right)


def _size_problem(operator: str, left: Any, right: Any) -> str:
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
        return "the result is a number of thousands of digits" if abs(left) > 1 and bits > _MAX_BITS else ""
    for value, times in ((left, right), (right, left)):
        if isinstance(value, (str, list, tuple)) and isinstance(times, int):
            most, parts = (MAX_MESSAGE_CHARACTERS, "characters") if isinstance(value, str) else (MAX_RANGE, "items")
            if len(value) * times > most:
                return f"the result is longer than {most:,} {parts}"
    return ""


@lru_cache(maxsize=1)
def _lexer() -> Lexer:
    return Lexer(jinja2.Environment(keep_trailing_newline=True))  # noqa: S701 - nothing is rendered with it


@lru_cache(maxsize=1)
def parsing_environment() -> TemplateEnvironment:
    """The environment for parsing only; it holds no templates."""
    return TemplateEnvironment()
