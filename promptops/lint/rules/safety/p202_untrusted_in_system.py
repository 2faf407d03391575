"""A value from strangers (`untrusted: true`) stands in a system message.

The system and developer messages are where a model takes orders from: whatever a stranger types there weighs as
much as your own words, between marks or not.

Bad:   system: You correct this sentence: {{ sentence }}
Good:  system: You correct the sentence between the tags.   user: <sentence>{{ sentence }}</sentence>
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.templates.interpolations import ORDERS, TYPED_THERE, interpolations
from promptops.model.chat.message_template import MediaSlot, MessageTemplate
from promptops.model.finding import Finding

CODE = "P202"
PREFILTER = Prefilter(("prompt",), ("untrusted",))


def check(target: Target) -> Iterator[Finding]:
    """Each paste of an untrusted input into such a message, also by an included file."""
    for name, role, text_span, tag, _ in interpolations(target):
        if role in ORDERS:
            message = f"'{name}' comes from strangers and stands in the {role} message"
            hint = "move it into a user message, between tags"
            span = text_span.span(tag.start, tag.end)
            yield Finding(text_span.path, span, CODE, message, hint, "warning", detail=TYPED_THERE)
    prompt = target.prompt
    if prompt is None or prompt.is_text_only:
        return
    untrusted = {item.name for item in prompt.inputs if item.untrusted}
    for item in prompt.messages:
        if not isinstance(item, MessageTemplate) or item.role not in ORDERS:
            continue
        for part in item.parts:
            if isinstance(part, MediaSlot) and part.name in untrusted:
                message = f"'{part.name}' comes from strangers and stands in the {item.role} message"
                detail = "whatever is written in it would be read as your instruction"
                hint = "move it into a user message"
                yield Finding(target.path, part.span, CODE, message, hint, "warning", detail=detail)
