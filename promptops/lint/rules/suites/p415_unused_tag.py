"""An evaluator looks only at cases with a tag, and no case has it.

Nothing is measured then, and a gate on it proves nothing.

Bad:   {name: is polite, tags: [complaint], …}    {"id": "one", "tags": ["complaints"]}
Good:  {name: is polite, tags: [complaints], …}   {"id": "one", "tags": ["complaints"]}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import Coverage, evaluators_of
from promptops.model.finding import Finding, Severity
from promptops.text.suggestions import closest

CODE = "P415"
PREFILTER = Prefilter(("prompt", "suite"), ("tags",))
_MOST_KNOWN = 1_000


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such evaluator, at its tags; a warning where it is advisory, since nothing depends on it."""
    if not target.cases:
        return
    coverage = Coverage(target.cases)
    for criterion, item in evaluators_of(target):
        tags = item.get("tags")
        if tags is None or coverage.of(criterion) != ():
            continue
        from promptops.model.suite import unused_tags  # its classes take 3 ms to make, and most files have no need

        problem, severity = unused_tags(criterion), _severity(criterion.advisory)
        known = list(dict.fromkeys(tag for case in target.cases for tag in case.tags))[:_MOST_KNOWN]
        close = closest(criterion.tags[0][:80], known)
        hint = f"did you mean '{close[:80]}'?" if close else problem.hint
        yield Finding(target.path, tags.span, CODE, problem.message, hint, severity)


def _severity(advisory: bool) -> Severity:
    return "warning" if advisory else "error"
