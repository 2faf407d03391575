"""An input is declared but no message reads it.

Callers must still pass it, so the file lies about what it needs. Often the name is spelled differently in the
text.

Bad:   inputs: {name: …, tone: …}   Hello {{ name }}
Good:  inputs: {name: …}            Hello {{ name }}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.templates.reserved_names import reserved_meaning
from promptops.model.finding import Finding

CODE = "P101"
PREFILTER = Prefilter(("prompt",), ("inputs",))


def check(target: Target) -> Iterator[Finding]:
    """Each input that neither a message nor an included file reads."""
    prompt = target.prompt
    if prompt is None or prompt.plain or not target.complete:
        return
    used = {use.name for text_span in target.text_spans for use in text_span.analysis.uses}
    # Of names that cannot be read P111 speaks.
    unused = [item for item in prompt.inputs if item.name not in used and not reserved_meaning(item.name)]
    if not unused:
        return
    import difflib  # only where something is wrong

    meant, undeclared = _meant(target, {item.name for item in unused}), used - {item.name for item in prompt.inputs}
    for item in unused:  # of those that a message nearly names P102 speaks, where it does
        if item.name not in meant and not difflib.get_close_matches(item.name, undeclared, 1):
            hint = f"write {{{{ {item.name} }}}} where the value belongs, or delete the input"
            yield Finding(target.path, item.span, CODE, f"'{item.name}' is declared but never used", hint)


def _meant(target: Target, names: set[str]) -> set[str]:
    """Those that stand in the text in another tool's way: P109 says so, where they stand."""
    from promptops.lint.templates.placeholders import placeholders

    meant: set[str] = set()
    for text_span in target.text_spans:
        for found in placeholders(text_span, plain=False, known=names):
            meant.add(found.name)
            if meant == names:
                return meant
    return meant
