"""A text shows an input that is no text: messages so far, a picture, a document or a sound.

A picture in braces cannot be filled in: it is sent as a part of a message. A history in braces becomes JSON inside one
message, where the model cannot tell who said what, and loses its pictures and calls of tools.

Bad:   content: "{{ question }} {{ photo }}"
Good:  content: [{type: text, text: "{{ question }}"}, {type: image, image: photo}]
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.chat.message_template import MESSAGES
from promptops.model.finding import Finding

CODE = "P115"
PREFILTER = Prefilter(("prompt",), ("inputs",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such place, in messages and in included files."""
    prompt = target.prompt
    kinds = {item.name: item.kind for item in prompt.inputs if item.kind} if prompt is not None else {}
    if not kinds:
        return
    from promptops.lint.templates.printed_inputs import shown_whole

    for text_span in (*target.messages, *target.templates):
        for tag in text_span.tags:
            name = shown_whole(tag)
            if name not in kinds:
                continue
            span, kind = text_span.span(tag.start, tag.end), kinds[name]
            if kind == MESSAGES:
                message = f"'{name}' is printed as JSON into a text"
                detail = "the model cannot tell who said what in it"
                hint = f"write `- messages: {name}` among the messages, where they belong"
                yield Finding(text_span.path, span, CODE, message, hint, "warning", detail=detail)
            else:
                message = f"'{name}' has no text that could be shown here"
                part = f"{{type: {kind}, {kind}: {name}}}"
                hint = f"send it as a part of a message: content: [{{type: text, text: …}}, {part}]"
                yield Finding(text_span.path, span, CODE, message, hint)
