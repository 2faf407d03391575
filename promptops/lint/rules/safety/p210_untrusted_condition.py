"""Whether a message is sent hangs on a value from strangers (`untrusted: true`).

Whoever fills in the value decides then which of your instructions the model receives: by leaving it empty, or by
writing what the condition asks for. Let a value decide that the application sets itself.

Bad:   inputs: {note: {untrusted: true}}   - {when: "not note", role: system, content: Refuse refunds.}
Good:  inputs: {may_refund: {type: boolean}}   - {when: "not may_refund", role: system, content: Refuse refunds.}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P210"
PREFILTER = Prefilter(("prompt",), ("when",))


def check(target: Target) -> Iterator[Finding]:
    """Each such condition, at the input's name in it."""
    prompt = target.prompt
    untrusted = {item.name for item in prompt.inputs if item.untrusted} if prompt is not None else set()
    for condition in target.conditions if untrusted else ():
        for use in dict.fromkeys(use for use in condition.analysis.uses if use.name in untrusted):
            message = f"'{use.name}' comes from strangers and decides whether this is sent"
            hint = "let an input decide that the application sets itself, like has_note: {type: boolean}"
            span = condition.find(use.name, use.line)
            yield Finding(target.path, span, CODE, message, hint, "warning")
