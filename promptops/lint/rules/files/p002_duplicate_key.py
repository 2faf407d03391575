"""A key stands twice in the same group.

Only one of the two can count, and readers disagree about which: an edit may change the one that is ignored.

Bad:   model: small … model: large
Good:  model: large
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import YAML, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P002"
PREFILTER = Prefilter(YAML, reported=True)


def check(target: Target) -> Iterator[Finding]:
    """Each further place of a key; the message names the first."""
    for problem in target.problems(CODE):
        hint = problem.hint
        first = problem.message.rpartition(" ")[2]
        if first.isdigit() and target.rows[int(first) - 1].lstrip().startswith("- "):
            hint += "; if a new item of the list begins here, write a dash before it"
        yield Finding(target.path, problem.span, CODE, problem.message, hint)
