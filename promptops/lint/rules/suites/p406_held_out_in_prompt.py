"""A held-out case (`split: held-out`) stands in the prompt.

Held-out cases are kept from everybody who writes the prompt, so that they show how it does on texts it was not
made for. One that stands in the prompt has lost its worth, and the number that rests on it is too good.

Bad:   user: I have 25 years.   {"sentence": "I have 25 years.", "split": "held-out"}
Good:  user: I have 25 years.   {"sentence": "We are here since May.", "split": "held-out"}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.locations import locate_case
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P406"
PREFILTER = Prefilter(("prompt", "suite"), ("testData",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such case by its id alone; its text is never shown."""
    if not any(case.held_out for case in target.cases):
        return
    from promptops.lint.writing.contamination import contaminations

    for case, field, prompt, line in contaminations(target, held_out=True):
        path, span = locate_case(target, case)
        message = f"the held-out case '{case.id[:80]}' stands in the prompt ({prompt}:{line})"
        detail = f"its '{field[:80]}' is there word for word, so it tests nothing any more"
        hint = "write another example into the prompt, and put a new case in the place of this one"
        yield Finding(path, span, CODE, message, hint, detail=detail)
