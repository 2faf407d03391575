"""The one sandboxed Jinja environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.lexer import Lexer
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from promptops.templating.limits.calls import BoundedEscapeFormatter, BoundedFormatter, checked_arguments, kept
from promptops.templating.limits.filters import bound_filters, bound_tests
from promptops.templating.limits.instrument import CountingGenerator, instrument
from promptops.templating.limits.meter import meter, size, weigh
from promptops.templating.limits.operators import INTERCEPTED, check_operands
from promptops.templating.value_text import as_text


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """Jinja without reach: no attributes that begin with `_`, no changes to values, no files but those given.

    Nothing in it is random, so that the same closure and values give the same text. What it does is counted, and ends
    in a TemplateLimitError where that is too much; see promptops.templating.limits.

    `resolve` turns (name, including template) into the key of a text; see promptops.templating.closure.
    """

    intercepted_binops = INTERCEPTED
    code_generator_class = CountingGenerator
    formatters: tuple[type[BoundedFormatter], type[BoundedEscapeFormatter]] = (BoundedFormatter, BoundedEscapeFormatter)
    """For a text, and for one that was marked as safe."""

    def __init__(
        self, templates: Mapping[str, str] | None = None, resolve: Callable[[str, str], str] | None = None
    ) -> None:
        super().__init__(
            loader=jinja2.DictLoader(templates or {}),
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            finalize=_bounded_text,
            optimized=False,  # or Jinja would work out constants while it compiles
            cache_size=-1,  # a plain dictionary: Jinja's own cache has a lock, which a forked process may find held
        )
        self._resolve = resolve
        del self.filters["random"]
        del self.globals["lipsum"]
        bound_filters(self.filters)
        bound_tests(self.tests)
        self.filters["fence"] = self._fence

    @property
    def lexer(self) -> Lexer:
        """The one for all: Jinja keeps its own behind a lock, which a forked process may find held."""
        return _lexer()

    def join_path(self, template: str, parent: str) -> str:
        """The key of an included text."""
        return self._resolve(template, parent) if self._resolve else template

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What Jinja does, without an exception for each field of a group: most dots in prompts are such."""
        if type(obj) is not dict or attribute in _METHODS:
            return super().getattr(obj, attribute)
        try:
            return obj[attribute]
        except LookupError:
            return self.undefined(obj=obj, name=attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """A sum, product, power or remainder."""
        check_operands(operator, left, right)
        return kept(super().call_binop(context, operator, left, right))

    def call(__self, __context: Context, __function: Any, *args: Any, **kwargs: Any) -> Any:
        """Whatever a template calls; the names are Jinja's, so that keywords of a template can be `self`."""
        args = checked_arguments(__function, args, kwargs)
        return kept(super().call(__context, __function, *args, **kwargs))

    def concat(self, parts: Iterable[str]) -> str:
        """What a macro, a block or `{% set %}` wrote."""
        return meter().write([*parts])

    def join_texts(self, join: Callable[[tuple[Any, ...]], str], *parts: Any) -> str:
        """The operator `~`."""
        meter().make(sum(map(size, parts)))
        return meter().keep(join(parts))

    def escaped(self, text: str) -> str:
        """A text that is written inside `{% autoescape true %}`."""
        meter().make(len(text))
        return meter().keep(escape(text))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """`str.format`, bounded; None for whatever else."""
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        text: Any = value.__self__

        def bounded(*args: Any, **kwargs: Any) -> str:
            given = args[0] if value.__name__ == "format_map" and args else kwargs
            escape_by = getattr(text, "escape", None)
            formatter = self.formatters[1](self, escape=escape_by) if escape_by else self.formatters[0](self)
            return type(text)(formatter.vformat(text, args, given))  # type: ignore[no-any-return]

        return bounded

    def _fence(self, value: Any, label: str = "text") -> str:
        """The filter `fence`: the value between tags that it cannot know."""
        from promptops.text.fencing import fenced  # most templates have no need of it

        assert self.finalize is not None
        text = self.finalize(value)
        meter().make(len(text))
        meter().spend(len(text) >> 3)  # all of it is encoded, hashed and searched
        return meter().keep(fenced(text, label))

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        is_included = name is not None and not name.startswith("/")  # no template of a project has such a name
        return super()._generate(instrument(source, is_counted=is_included), name, filename, defer_init)


def _bounded_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    kind = type(value)
    if kind is int:
        return str(value)
    if kind in _SHORT:
        return as_text(value)
    weigh(value)
    return meter().keep(as_text(value))


_METHODS = frozenset(dir(dict))
_SHORT = frozenset({float, bool, type(None)})


@lru_cache(maxsize=1)
def _lexer() -> Lexer:
    return Lexer(jinja2.Environment(keep_trailing_newline=True))  # noqa: S701 - nothing is rendered with it


@lru_cache(maxsize=1)
def parsing_environment() -> TemplateEnvironment:
    """The environment for parsing only; it holds no templates."""
    return TemplateEnvironment()
