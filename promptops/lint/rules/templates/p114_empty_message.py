"""A message may come out empty: all of it stands under a condition, or comes from an input that is empty by default.

Many providers refuse an empty message, and others answer it with something of their own. What only sometimes holds
belongs into a message that always has a text.

Bad:   {role: user, content: "{% if note %}{{ note }}{% endif %}"}
Good:  {role: user, content: "{{ question }}{% if note %}\\n\\nNote: {{ note }}{% endif %}"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding
from promptops.model.prompt import Input

CODE = "P114"
PREFILTER = Prefilter(("prompt",), ("content",))


def check(target: Target) -> Iterator[Finding]:
    """Each such message; one that holds nothing at all too."""
    prompt = target.prompt
    if prompt is None:
        return
    blank = frozenset(item.name for item in prompt.inputs if not item.required and item.default in ("", None))
    choices = {item.name: values for item in prompt.inputs if (values := _choices(item))}
    for text_span in target.messages:
        if not text_span.role or text_span.problem is not None:  # an included file is a part of a message
            continue
        if not text_span.text.strip():
            message, hint = "this message is empty", "write its text, or take the message out"
        elif prompt.plain or not _may_be_empty(text_span.text, blank, choices):
            continue
        else:
            message = "this message may come out empty: nothing in it always holds"
            hint = "add {% else %} with another text, or put it into a message that always has one"
        yield Finding(
            text_span.path, text_span.span(0, len(text_span.text.rstrip()) or 1), CODE, message, hint, "warning"
        )


def _choices(item: Input) -> list[Any]:
    """Every value that the input can have; none where that is not told."""
    values = item.schema.get("enum", [True, False] if item.schema.get("type") == "boolean" else None)
    if not isinstance(values, list):
        return []
    return values if item.required else [*values, item.default]


def _may_be_empty(text: str, blank: frozenset[str], choices: Mapping[str, list[Any]]) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    if "{%" not in text and "{#" not in text and not any(name in text for name in blank):
        return False  # a value that is always there; Jinja, which takes longer to load than all else, need not say so
    from promptops.lint.templates.empty_texts import may_be_empty

    try:
        return may_be_empty(text, blank, choices)
    except RecursionError:  # P103 says that it is nested too deeply
        return False
