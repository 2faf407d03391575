"""A case of the suite stands word for word in the prompt, as an example.

The model has then seen the question, and most often the answer too, before it is asked. That it gets this case
right says nothing about all the others that people will send.

Bad:   user: She don't like her green tea.   {"sentence": "She don't like her green tea."}
Good:  user: She don't like her green tea.   {"sentence": "My brother have bought a bicycle."}
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.one_for_many import once_per_cause
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P405"
PREFILTER = Prefilter(("prompt", "suite"), ("testData",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each place in the prompt where a case stands, at the first of the cases that stand there."""
    if target.cases:
        yield from once_per_cause(_leaks(target))


def _leaks(target: Target) -> Iterator[tuple[Hashable, Finding]]:
    from promptops.lint.writing.contamination import contaminations

    for case, field, prompt, line in contaminations(target, held_out=False):
        path, span = target.locate(case)
        message = f"'{field[:80]}' of this case stands word for word in the prompt ({prompt}:{line})"
        detail = "the model sees it before it is asked, so the case tests its memory"
        hint = "write another example into the prompt, or take the case out"
        yield (path, field, prompt, line), Finding(path, span, CODE, message, hint, "warning", detail=detail)
