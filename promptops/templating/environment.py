"""The one sandboxed Jinja environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from promptops.templating.values import as_text


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja without reach: no attributes that begin with `_`, no changes to values, no files but those given.

    `resolve` turns (name, including template) into the key of a text; see promptops.templating.closure.
    """

    def __init__(
        self, templates: Mapping[str, str] | None = None, resolve: Callable[[str, str], str] | None = None
    ) -> None:
        super().__init__(
            loader=jinja2.DictLoader(templates or {}),
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            finalize=as_text,
        )
        self._resolve = resolve

    def join_path(self, template: str, parent: str) -> str:
        """The key of an included text."""
        return self._resolve(template, parent) if self._resolve else template


@lru_cache(maxsize=1)
def parser() -> Sandbox:
    """The environment for parsing only; it holds no templates."""
    return Sandbox()
