"""The messages stand in an order that the model's vendor refuses, or understands in another way.

Some refuse messages that end with one of the assistant, for the model to go on with; others take it for a reply that
was given, and the model writes another one behind it. Some take messages of the system only at the beginning.

Bad:   - {role: user, content: …}   - {role: assistant, content: "{"}
Good:  - {role: user, content: …}   responseFormat: json_object
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.chat.message_template import begins_the_reply, late_instructions
from promptops.model.finding import Finding

CODE = "P317"
PREFILTER = Prefilter(("prompt", "suite"))


def check(target: Target) -> Iterator[Finding]:
    """Each message that cannot stand where it stands; in a suite the model that it would be sent to."""
    items = target.prompt.messages if target.prompt is not None else ()
    if target.kind == "prompt" and not begins_the_reply(items) and not late_instructions(items):
        return
    from promptops.lint.located_values.vendor_refusals import refused_of  # few prompts need it

    yield from refused_of(target, "order", CODE)
