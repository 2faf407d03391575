"""A call of a tool has no result in the messages, or a result has no call.

Vendors refuse such a request: each call of the assistant is answered by a message with the role `tool` and its
`tool_call_id`, before anybody else speaks.

Bad:   - {role: assistant, tool_calls: [{id: call_1, name: find}]}   - {role: tool, tool_call_id: call_2, content: …}
Good:  - {role: assistant, tool_calls: [{id: call_1, name: find}]}   - {role: tool, tool_call_id: call_1, content: …}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.chat.message_template import HistorySlot, MessageTemplate
from promptops.model.finding import Finding, Span

CODE = "P318"
PREFILTER = Prefilter(("prompt",), ("tool",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each call and each result that lacks the other, at its message; what a history brings is not known."""
    prompt = target.prompt
    open_calls: dict[str, tuple[str, Span]] = {}
    may_be_of_history = False
    for item in prompt.messages if prompt is not None else ():
        if isinstance(item, HistorySlot):
            may_be_of_history = True
        if isinstance(item, MessageTemplate) and item.role == "tool":
            key, place = item.tool_call_id, _start(item.span)
            if not key:
                message, hint = "nothing says which call this answers", "add tool_call_id, with the id of the call"
                yield Finding(target.path, place, CODE, message, hint)
            elif open_calls.pop(key, None) is None and not may_be_of_history:
                message = f"no message before it makes the call '{key[:80]}' that this answers"
                known = ", ".join(f"'{one[:40]}'" for one in list(open_calls)[:5])
                hint = f"the calls without a result are: {known}" if known else "add the message with the call"
                yield Finding(target.path, place, CODE, message, hint)
            continue
        yield from _unanswered(target, open_calls)
        open_calls = {}
        if isinstance(item, MessageTemplate):
            may_be_of_history = False
            for call in item.tool_calls:
                if call.id in open_calls:
                    message = f"two calls have the id '{call.id[:80]}'"
                    yield Finding(target.path, _start(item.span), CODE, message, "give each an id of its own")
                open_calls[call.id] = (call.name, _start(item.span))
    yield from _unanswered(target, open_calls)


def _unanswered(target: Target, calls: dict[str, tuple[str, Span]]) -> Iterator[Finding]:
    for key, (name, place) in calls.items():
        message = f"the call of '{name[:80]}' ({key[:80]}) has no result"
        hint = f"add a message behind it: {{role: tool, tool_call_id: {key[:80]}, content: …}}"
        yield Finding(target.path, place, CODE, message, hint)


def _start(span: Span) -> Span:
    return Span.at(span.line, span.column)
