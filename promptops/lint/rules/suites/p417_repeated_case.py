"""A case stands twice: all its fields are equal to those of another.

Its reply counts twice, so that a rate looks surer than it is, and what it says weighs double. Most often a row was
pasted once more, or a case was copied to be changed and was not.

Bad:   {"message": "Where is my order?"}   {"message": "Where is my order?"}
Good:  {"message": "Where is my order?"}   {"message": "Where is my parcel?"}
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.locations import locate_case
from promptops.lint.engine.one_for_many import once_per_cause
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding
from promptops.model.suite import Case

CODE = "P417"
PREFILTER = Prefilter(("prompt", "suite"), ("testData",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each further one, with the place of the first."""
    yield from once_per_cause(_repeated(target))


def _repeated(target: Target) -> Iterator[tuple[Hashable, Finding]]:
    tested, clustered = target.tested, target.suite is not None and target.suite.cluster
    if tested is None or tested.prompt is None or clustered:  # what belongs together counts once as it is
        return
    needed = tested.placeholders if tested.prompt.plain else {item.name for item in tested.prompt.inputs}
    first: dict[str, Case] = {}
    for case in target.cases:
        if not any(name in case.fields for name in needed):
            continue  # of a prompt without inputs each case is another try
        key = json.dumps([case.fields, case.tags], sort_keys=True, default=str)
        earlier = first.setdefault(key, case)
        if earlier is case:
            continue
        path, span = locate_case(target, case)
        there = f"the case '{earlier.id[:80]}'" if earlier.held_out else locate_case(target, earlier)[1].place(path)
        whose = f"the case '{case.id[:80]}'" if case.held_out else "this case"
        message, detail = f"{whose} is the same as {there}", "so its reply counts twice"
        yield (path, "twice"), Finding(path, span, CODE, message, "take one of the two out", "warning", detail=detail)
