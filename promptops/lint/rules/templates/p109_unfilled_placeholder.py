"""A place for a value is written as other tools write it, so nothing fills it.

Only double braces are filled: {{ name }}. The model receives `{name}`, `${name}`, `<<name>>`, `[[name]]` and
`%(name)s` as they stand, and answers about the word in them. Of an input that no text reads, `<name>`, `[name]`,
`«name»`, `%name%` and `$name` are told too.

Bad:   Summarise this letter: {letter}
Good:  Summarise this letter: {{ letter }}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.lint.templates.placeholders import (
    OPENERS,
    Placeholder,
    around,
    placeholders,
    unread_placeholders,
)
from promptops.model.finding import Finding, Fix

_ABOUT_FORM = r"(?i)\b(?:format|template|placeholder|replace|schema|pattern|example|json)"
_LABEL = r"[-*#>_ \t]*[^\W\d][\w'’()-]{0,30}(?: [\w'’()-]{1,30}){0,3}:[*_]*[ \t]*[\"'“]?"
_MOST_PLACES = 1000
"""More places for values than that are no prompt."""

CODE = "P109"
PREFILTER = Prefilter(("prompt",), OPENERS)


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each one of an input or a case's field; others only where a whole file is written that way."""
    prompt = target.prompt
    if prompt is None:
        return
    known = {item.name for item in prompt.inputs}
    if prompt.plain:
        known = {name for case in prompt.test_data for name in case.fields} - {"expected"}
    for text_span in target.messages if prompt.plain else target.text_spans:
        if prompt.plain or text_span.problem is None:
            for found in placeholders(text_span, plain=prompt.plain, known=known):
                yield _finding(text_span, found, plain=prompt.plain, sure=True)
    unread = _unread(target, known) if known and not prompt.plain and target.complete else set()
    for text_span in target.text_spans if unread else ():
        for found in unread_placeholders(text_span, unread):
            yield _finding(text_span, found, plain=False, sure=True)
    if not known and not any("{{" in text_span.text for text_span in target.text_spans or target.messages):
        for text_span, found in _of_another_tool(target.messages, plain=prompt.plain):
            yield _finding(text_span, found, plain=prompt.plain, sure=False)


def _unread(target: Target, known: set[str]) -> set[str]:
    """The inputs that no text reads, nor names in a way that is surely meant so."""
    read = {use.name for text_span in target.text_spans for use in text_span.analysis.uses}
    for text_span in target.text_spans if known - read else ():
        read |= {found.name for found in placeholders(text_span, plain=False, known=known)}
    return known - read


def _finding(text_span: TextSpan, found: Placeholder, *, plain: bool, sure: bool) -> Finding:
    better = f"{{{{{found.name}}}}}" if plain else f"{{{{ {found.name} }}}}"
    shown = text_span.text[found.start : found.end]
    message, detail = f"{shown} is never filled", "the model receives it as it stands"
    if found.style == "{{{n}}}":
        message = f"{shown} has one brace too many on each side"
        detail = "the value would stand between braces"
    hint = f"write {better}"
    if not plain and not sure:
        hint += f" and under inputs:\n  {found.name}: {{type: string}}"
    span = text_span.span(found.start, found.end)
    fix = Fix(span, better) if sure and text_span.origin.exact and _stays_text(text_span, found) else None
    return Finding(text_span.path, span, CODE, message, hint, "warning", fix, detail=detail)


def _stays_text(text_span: TextSpan, found: Placeholder) -> bool:
    """Whether the file can be read with braces there: a text without quotes cannot begin with one."""
    if found.start:
        return True
    head = text_span.rows[text_span.origin.line - 1][: text_span.origin.column - 1]
    return not head.strip() or head.endswith(("'", '"'))


def _of_another_tool(messages: tuple[TextSpan, ...], *, plain: bool) -> Iterator[tuple[TextSpan, Placeholder]]:
    """Places for values in a file that fills none: all in one style, each where only a value can be meant."""
    every = ((text_span, one) for text_span in messages for one in placeholders(text_span, plain=plain))
    found = list(islice(every, _MOST_PLACES))
    texts = {text_span.text for text_span, _ in found}
    if len({one.style for _, one in found}) != 1 or any(re.search(_ABOUT_FORM, text) for text in texts):
        return
    if any(text_span.role == "user" and _is_place(text_span.text, one) for text_span, one in found):
        yield from (pair for pair in found if _is_place(pair[0].text, pair[1]))


def _is_place(text: str, found: Placeholder) -> bool:
    """Whether it fills its line, or the rest of a line after a label, or what stands between tags."""
    before, after = around(text, found.start, found.end)
    in_tags = before.endswith(">") and after.startswith("</")
    if not found.name.islower() or not (in_tags or not after.strip(" \t.\"'”")):
        return False
    return not before.strip(" \t\"'“") or before.endswith(">") or re.fullmatch(_LABEL, before) is not None
