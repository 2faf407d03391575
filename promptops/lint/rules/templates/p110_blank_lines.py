"""The model receives several empty lines in a row, or one between the items of a list.

An instruction such as `{% if … %}` on a line of its own leaves the empty line. A dash takes it away: `{%- … %}`
with all that is blank before it, `{% … -%}` with all that is blank after it. Empty lines cost little, but a list
that they tear apart no longer reads as one.

Bad:   {% for step in steps %}
       - {{ step }}
       {% endfor %}
Good:  {%- for step in steps %}
       - {{ step }}
       {%- endfor %}
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from promptops.lint.engine.limits import MOST
from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.lint.templates.blank_lines import left_by_tags, split_lists, written_runs
from promptops.model.finding import Finding, Span

CODE = "P110"
PREFILTER = Prefilter(TEXTS, ("{%", "{#", "\n\n\n", " \n", "\t\n", "\\n"))


def check(target: Target) -> Iterator[Finding]:
    """Each run of lines that come out empty, each loop that tears a list apart, empty lines as they are written."""
    plain = target.prompt is not None and target.prompt.plain
    for text_span in target.messages:
        yield from islice(_in_text_span(text_span, plain=plain), MOST)


def _in_text_span(text_span: TextSpan, *, plain: bool) -> Iterator[Finding]:
    for start, count in written_runs(text_span.text):
        hint = "one empty line is enough to part two paragraphs: delete the others"
        message = f"{count} empty lines stand here in a row"
        place = Span.at(text_span.span(start, start + 1).line, 1)
        yield Finding(text_span.path, place, CODE, message, hint, "note")
    if plain or text_span.problem is not None or ("{%" not in text_span.text and "{#" not in text_span.text):
        return
    told = set()
    for tag, count, better in left_by_tags(text_span.text, text_span.tags):
        message = f"{count} empty lines come out here in a row"
        detail = "a line with nothing but an instruction or a note in braces leaves the empty line"
        hint = f"write {better}; the dash takes away what is empty on its side, and so at the others in this row"
        span = text_span.span(tag.start, tag.end)
        yield Finding(text_span.path, span, CODE, message, hint, "note", detail=detail)
        told.add(tag)
    for tag in split_lists(text_span.text, text_span.tags):
        if tag in told:
            continue
        message = "an empty line comes out between the items of this list"
        detail = "the line of the loop itself leaves it, each time round"
        hint = "write {%- endfor %} where the loop ends; the dash takes away the line break before it"
        span = text_span.span(tag.start, tag.end)
        yield Finding(text_span.path, span, CODE, message, hint, "note", detail=detail)
