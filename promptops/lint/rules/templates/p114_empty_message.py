"""A message may come out empty: all of it stands under a condition, or comes from an input that is empty by default.

Many providers refuse an empty message, and others answer it with something of their own. What only sometimes holds
belongs into a message that always has a text, or into one that `when` leaves out.

Bad:   {role: user, content: "{% if note %}{{ note }}{% endif %}"}
Good:  {role: user, content: "{{ question }}{% if note %}\\n\\nNote: {{ note }}{% endif %}"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from promptops.lint.engine.locations import texts_by_message
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.model.chat.message_template import MediaSlot, MessageTemplate
from promptops.model.finding import Finding, Span
from promptops.model.prompt import Input
from promptops.templating.usage import TemplateSyntaxProblem

_MAY_BEGIN = ("", " ", "\t", "\n", "\r", "{")
"""How a text begins that may come out empty."""

CODE = "P114"
PREFILTER = Prefilter(("prompt",), ("content",))


def check(target: Target) -> Iterator[Finding]:
    """Each such message or part of one; one that holds nothing at all too."""
    prompt = target.prompt
    if prompt is None:
        return
    blank = frozenset(item.name for item in prompt.inputs if not item.required and item.default in ("", None))
    choices = {item.name: values for item in prompt.inputs if (values := _choices(item))}
    for item, text_spans in texts_by_message(target):
        if not isinstance(item, MessageTemplate):
            continue
        if item.is_text and text_spans[0].text[:1] not in _MAY_BEGIN:
            continue  # as nearly all
        if not item.texts and (name := _left_out(item, blank)):
            message = f"this message may come out empty: '{name[:80]}' may be left out, and there is nothing else in it"
            hint = f"add `when: {name[:80]}` to the message, so that it is left out then"
            yield Finding(target.path, Span.at(item.span.line, item.span.column), CODE, message, hint, "warning")
        for text_span in text_spans:
            if text_span.problem is None and not (item.tool_calls and not text_span.text.strip()):
                yield from _of_text(item, text_span, None if prompt.plain else blank, choices)


def _of_text(
    item: MessageTemplate, text_span: TextSpan, blank: frozenset[str] | None, choices: Mapping[str, list[Any]]
) -> Iterator[Finding]:
    """What is wrong with one text; `blank` None where the file is plain, so that no text has conditions."""
    what = "part" if item.is_list else "message"
    if not text_span.text.strip():
        message, hint = f"this {what} is empty", f"write its text, or take the {what} out"
    elif blank is None or not _may_be_empty(text_span.text, item.when, blank, choices):
        return
    else:
        message = f"this {what} may come out empty: nothing in it always holds"
        hint = f"add {{% else %}} with another text, or put it into a {what} that always has one"
        if not item.is_list and not item.when:
            hint += "; `when: NAME` leaves the message out"
    yield Finding(text_span.path, text_span.span(0, len(text_span.text.rstrip()) or 1), CODE, message, hint, "warning")


def _left_out(item: MessageTemplate, blank: frozenset[str]) -> str:
    """The first of the media that are all there is of a message, where none of them has to be given."""
    names = [part.name for part in item.parts if isinstance(part, MediaSlot)]
    asked = set(re.findall(r"\w+", item.when))
    return names[0] if names and blank.issuperset(names) and not asked.intersection(names) else ""


def _choices(item: Input) -> list[Any]:
    """Every value that the input can have; none where that is not told."""
    values = item.schema.get("enum", [True, False] if item.schema.get("type") == "boolean" else None)
    if not isinstance(values, list):
        return []
    return values if item.required else [*values, item.default]


def _may_be_empty(text: str, when: str, blank: frozenset[str], choices: Mapping[str, list[Any]]) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    if "{%" not in text and "{#" not in text and not any(name in text for name in blank):
        return False  # a value that is always there; Jinja, which takes longer to load than all else, need not say so
    from promptops.lint.templates.empty_texts import may_be_empty

    if when.strip():  # where it does not hold, nothing is sent
        text = f"{{% if {when.strip()} %}}{text}{{% else %}}left out{{% endif %}}"
    try:
        return may_be_empty(text, blank, choices)
    except (RecursionError, TemplateSyntaxProblem):  # P103 says so
        return False
