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
from promptops.model.chat.message_template import MESSAGES
from promptops.model.finding import Finding
from promptops.model.prompt import Input

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
    if unused:
        whole = prompt.sent_whole
        unused = [item for item in unused if item.name not in whole]
    if not unused:
        return
    meant = _meant(target, {item.name for item in unused})
    for item in unused:
        if item.name not in meant:
            hint = f"{_place_for(item)}, or delete the input"
            message = f"'{item.name}' is listed under inputs, but no {'message' if item.kind else 'text'} uses it"
            yield Finding(target.path, item.span, CODE, message, hint)


def _place_for(item: Input) -> str:
    if item.kind == MESSAGES:
        return f"write `- messages: {item.name}` among the messages"
    if item.kind:
        return f"write {{type: {item.kind}, {item.kind}: {item.name}}} among the parts of a message's content"
    return f"write {{{{ {item.name} }}}} where the value belongs"


def _meant(target: Target, names: set[str]) -> set[str]:
    """Those that a text reads under a name that is not right, or in another tool's way: P102 and P109 say so there."""
    import difflib  # only where something is wrong

    from promptops.lint.templates.placeholders import placeholders, unread_placeholders
    from promptops.lint.templates.undeclared_names import forgotten_input, undeclared_uses

    undeclared = {use.name for _, use in undeclared_uses(target)}
    meant = {name for name in names if difflib.get_close_matches(name, undeclared, 1)}
    meant |= names & {forgotten_input(target)}
    for text_span in target.text_spans:
        for found in (*placeholders(text_span, plain=False, known=names), *unread_placeholders(text_span, names)):
            meant.add(found.name)
            if meant == names:
                return meant
    return meant
