"""A list between brackets has no commas, so it is one item.

`[kind strict neutral]` is a list of one text with two spaces in it. Of a choice of values that leaves a single one that
nobody will ever give, and every case is refused for it.

Bad:   enum: [kind strict neutral]
Good:  enum: [kind, strict, neutral]
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.joined_lists import joined_lists
from promptops.model.finding import Finding, Fix

_LONGEST = 60

CODE = "P016"
PREFILTER = Prefilter(("prompt", "suite", "project"), ("enum", "models", "owners", "allowedModels", "required"))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such list of names or of single words."""
    if target.node is None:
        return
    for key, node, words in joined_lists(target.node, target.rows):
        item = node.value[0]
        meant = ", ".join(words)
        message = f"no commas part the {len(words)} words of '{key}', so they are one item: '{item.text[:_LONGEST]}'"
        hint = f"write [{meant}]" if len(meant) <= _LONGEST else "write a comma between the items"
        fix = Fix(item.span, meant) if item.span.line == item.span.end_line else None
        yield Finding(target.path, item.span, CODE, message, f"{hint}; if it is one item, put it in quotes", fix=fix)
