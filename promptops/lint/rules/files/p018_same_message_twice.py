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
    """Each message that says what the one before it says, in the same role."""
    messages = target.get("messages")
    for one, other in pairwise(messages.value if messages is not None and messages.kind == "sequence" else ()):
        if _said(one) and _said(one) == _said(other):
            message = f"this message says what the one on line {one.span.line} says"
            spot = Span.at(other.span.line, other.span.column)
            yield Finding(target.path, spot, CODE, message, "delete one of the two", "warning")


def _said(message: Node) -> tuple[str, str] | None:
    role, content = message.string("role").lower(), message.string("content").strip()
    return (role, content) if role and content else None
