"""Plain mode: files of GitHub's format, where only `{{ name }}` is replaced and all else is literal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from promptops.errors import RenderError
from promptops.templating.values import as_text

_PLACEHOLDER = re.compile(r"\{\{[ \t]*([\w.-]+)[ \t]*\}\}")


def names(text: str) -> Iterator[tuple[str, int]]:
    """Every placeholder's name with its offset in the text."""
    for match in _PLACEHOLDER.finditer(text):
        yield match[1], match.start()


def fill(text: str, values: Mapping[str, Any], where: str = "") -> str:
    """The text with each placeholder replaced, in one pass: a value that holds `{{ x }}` comes out as it went in."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise RenderError(f"no value for '{match[1]}'", where=where, hint=f"add a field '{match[1]}' to the case")
        return as_text(values[match[1]])

    return _PLACEHOLDER.sub(value, text)
