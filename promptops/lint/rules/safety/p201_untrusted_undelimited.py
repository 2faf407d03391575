"""A value from strangers (`untrusted: true`) is pasted without marks.

A model cannot tell your words from those of whoever filled in the value: "ignore the above and …" works. Marks
around the value, and a sentence that says what stands between them, make it much harder. What can only be a number,
or one of your own choices by its `enum`, needs none.

Bad:   Correct this: {{ sentence }}
Good:  Correct the learner's text between the tags. <sentence>{{ sentence }}</sentence>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.templates.interpolations import ORDERS, TYPED_THERE, interpolations
from promptops.lint.templates.printed_inputs import prints_whole
from promptops.model.finding import Finding, Fix

CODE = "P201"
PREFILTER = Prefilter(("prompt",), ("untrusted",))


def check(target: Target) -> Iterator[Finding]:
    """Each paste of an untrusted input, in messages and in included files."""
    for name, role, text_span, tag, marked in interpolations(target):
        span = text_span.span(tag.start, tag.end)
        if not marked and role not in ORDERS and not prints_whole(target, name, tag):
            from promptops.lint.templates.surroundings import filtered, inside_of, way_out  # most prompts have marks

            message = f"'{name}' comes from strangers and is pasted without marks"
            written = text_span.text[tag.start : tag.end]
            shown = written if len(written) <= 60 and "\n" not in written else "{{ … }}"
            hint = f"Put it between tags the text cannot contain, for example\n    <{name}>{shown}</{name}>\n"
            hint += f"and say above it whose words they are. A tag that nobody can know: {filtered(shown, 'fence')}."
            fix = None
            if opened := re.search(r"<([A-Za-z][\w.-]*)>\s*$", text_span.text[max(0, tag.start - 80) : tag.start]):
                message = f"'{name}' comes from strangers, and the tag <{opened[1]}> before it is never closed"
                hint = f"write </{opened[1]}> after the value, with the same letters"
            elif place := inside_of(text_span, tag):
                way = way_out(place, shown)
                hint = f"write {way}. Or give" if way else f"tags would break {place}: give"
                hint += f" the value a line of its own between tags,\n    {filtered(shown, 'fence')}\n"
                hint += "and say here where it stands."
            elif text_span.origin.exact and "\n" not in written:
                fix = Fix(span, f"<{name}>{written}</{name}>")
                hint += " --fix does the first part."
            yield Finding(text_span.path, span, CODE, message, hint, "warning", fix, detail=TYPED_THERE)
