"""Plain mode: files of GitHub's format, where only `{{ name }}` is replaced and all else is literal.

A name is letters, digits and `_.-`, and must have a value. Other words between the braces (`{{ first name }}`) are a
placeholder only where a value is called exactly that: `{{#if a}}` means nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from promptops.errors import RenderError
from promptops.templating.value_text import as_text

_BRACES = re.compile(r"\{\{([^{}\n]+)\}\}")
MOST_CHARACTERS = 10_000_000
_NAME = re.compile(r"[\w.-]+")


def find_placeholders(text: str) -> Iterator[tuple[str, int]]:
    """Every placeholder's name with its offset in the text; not those that are one only where a value fits."""
    for match in _BRACES.finditer(text):
        if _NAME.fullmatch(name := match[1].strip(" \t")):
            yield name, match.start()


def fill_placeholders(text: str, values: Mapping[str, Any], where: str = "") -> str:
    """The text with each placeholder replaced, in one pass: a value that holds `{{ x }}` comes out as it went in."""
    length = len(text)

    def value(match: re.Match[str]) -> str:
        nonlocal length
        name = match[1].strip(" \t")
        if name in values:
            found = _text_of(values[name], name, where)
            length += len(found)
            if length > MOST_CHARACTERS:
                raise RenderError(f"it makes a text of more than {MOST_CHARACTERS:,} characters", where=where)
            return found
        if _NAME.fullmatch(name):
            hint = f"give a value for '{name}'; in a case, add a field '{name}'"
            raise RenderError(f"no value for '{name}'", where=where, hint=hint)
        return match[0]

    return _BRACES.sub(value, text)


def _text_of(value: Any, name: str, where: str) -> str:
    if type(value) is str and value.isascii():
        return value
    from promptops.templating.json_schema.json_values import NotJsonError, as_json  # lint imports this module

    try:
        text = as_text(value)
        as_json(text)
    except NotJsonError as exc:
        raise RenderError(f"the value for '{name}' {exc}", where=where) from exc
    except (TypeError, ValueError, RecursionError) as exc:
        raise RenderError(f"the value for '{name}' cannot be written: {exc}", where=where) from exc
    return text
