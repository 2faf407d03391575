"""A history from strangers (`untrusted: true`) may hold messages of the system or the developer.

These are the messages where a model takes orders from. With `roles` whatever a stranger passes as such a message is
an order.

Bad:   inputs: {history: {type: messages, untrusted: true}}   - {messages: history, roles: [system]}
Good:  inputs: {history: {type: messages, untrusted: true}}   - {messages: history}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.chat.message_template import HistorySlot
from promptops.model.finding import Finding

CODE = "P211"
PREFILTER = Prefilter(("prompt",), ("roles",))


def check(target: Target) -> Iterator[Finding]:
    """Each such history, at the name of the input."""
    prompt = target.prompt
    untrusted = {item.name for item in prompt.inputs if item.untrusted} if prompt is not None else set()
    for slot in prompt.messages if prompt is not None else ():
        if isinstance(slot, HistorySlot) and slot.roles and slot.name in untrusted:
            roles = " and ".join(dict.fromkeys(slot.roles))
            message = f"'{slot.name}' comes from strangers and may hold messages of the {roles}"
            detail = "whatever they pass as one would be an order to the model"
            hint = "delete `roles`; what you have to say yourself belongs into a message of this file"
            yield Finding(target.path, slot.span, CODE, message, hint, "warning", detail=detail)
