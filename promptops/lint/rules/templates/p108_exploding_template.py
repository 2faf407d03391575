"""A text in the braces asks for an enormous text, number or loop.

Filling the prompt would take minutes, or all the memory there is, or is refused. It is looked at here, never run.

Bad:   {{ "-" * 1000000000 }}
Good:  {{ "-" * 40 }}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.limits import MOST
from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.template_tags import Tag
from promptops.lint.engine.text_spans import TextSpan
from promptops.lint.templates.expanding_filters import WORDS
from promptops.model.finding import Finding

_MOST_TAGS, _MOST_CHARACTERS = 2_000, 40_000
"""Of more in braces no syntax tree is made once again: it would take seconds, and no prompt has as much."""
_BIG = re.compile(r"\*|\brange\b|[0-9][0-9_]{7}|\b([\w.]+)\s*[~+]\s*\1\b")

CODE = "P108"
PREFILTER = Prefilter(TEXTS, WORDS)


def check(target: Target) -> Iterator[Finding]:
    """Each such place whose size does not depend on a value."""
    if target.prompt is not None and target.prompt.plain:
        return
    for text_span in (*target.messages, *target.conditions):
        tags = [tag for tag in text_span.tags if tag.kind != "{#"]
        short = len(tags) <= _MOST_TAGS and sum(len(tag.body) for tag in tags) <= _MOST_CHARACTERS
        if short and any(_BIG.search(tag.body) for tag in tags) and text_span.problem is None:
            yield from _in_text_span(text_span)


def _in_text_span(text_span: TextSpan) -> Iterator[Finding]:
    from promptops.lint.templates.explosions import explosions  # it brings Jinja

    try:
        found = explosions(text_span.text)
    except RecursionError:  # P103 says that it is nested too deeply
        return
    tags = _by_line(text_span) if found else {}
    for explosion in dict.fromkeys(found[:MOST]):
        near = tags.get(explosion.line, [])
        tag = next((tag for tag in near if explosion.word in tag.body), near[0] if near else None)
        span = text_span.span(tag.start, tag.end) if tag else text_span.find("", explosion.line)
        detail = "the prompt could not be filled"
        hint = "write a number that a prompt can hold: some thousands of characters are a long one"
        yield Finding(text_span.path, span, CODE, explosion.message, hint, detail=detail)


def _by_line(text_span: TextSpan) -> dict[int, list[Tag]]:
    """The tags that stand on each line of the text."""
    found: dict[int, list[Tag]] = {}
    line, position = 1, 0
    for tag in text_span.tags:
        line, position = line + text_span.text.count("\n", position, tag.start), tag.start
        for number in range(line, line + tag.body.count("\n") + 1):
            found.setdefault(number, []).append(tag)
    return found
