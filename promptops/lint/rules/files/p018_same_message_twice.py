"""The same message stands twice, one behind the other.

That happens when two versions of a file are joined and both keep the message. The model reads it twice, and an edit
of one of them changes less than it seems.

Bad:   - {role: system, content: Be kind.}   - {role: system, content: Be kind.}
Good:  - {role: system, content: Be kind.}
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding, Span
from promptops.source.yaml.reader import Node

CODE = "P018"
PREFILTER = Prefilter(("prompt",), ("messages",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each message that says what the one before it says, in the same role; a history that is sent twice."""
    listed = target.get("messages")
    messages = listed.value if listed is not None and listed.kind == "sequence" else ()
    for one, other in pairwise(messages):
        if _said(one) and _said(one) == _said(other):
            message = f"this message says what the one on line {one.span.line} says"
            spot = Span.at(other.span.line, other.span.column)
            yield Finding(target.path, spot, CODE, message, "delete one of the two", "warning")
    if "examples" not in target.text and target.text.count("messages") < 3:
        return
    first: dict[tuple[str, str], Span] = {}
    for key, node in ((key, node) for one in messages for key in ("messages", "examples") if (node := one.get(key))):
        before = first.setdefault((key, node.text), node.span)
        if before is not node.span and node.text:
            what = f"the messages of '{node.text[:80]}'" if key == "messages" else f"the examples in '{node.text[:80]}'"
            message = f"{what} are sent twice: here and on line {before.line}"
            yield Finding(target.path, node.span, CODE, message, "delete one of the two", "warning")


def _said(message: Node) -> str | None:
    """All that a message of a role says; None where it has neither text nor parts."""
    role, content = message.string("role").lower(), message.get("content")
    if not role or content is None or (content.kind == "scalar" and not content.text.strip()):
        return None
    if len(message.value) == 2 and content.kind == "scalar":
        return f"{role}\n{content.text.strip()}"
    return repr({**message.as_data(), "role": role})
