"""The file cannot be read at all.

A tab, a missing quote or a second colon in a line stops everything: no prompt of the file can be used. Files are
YAML without anchors, tags and several documents, so that nothing in them is a surprise.

Bad:   name: Summary: short
Good:  name: "Summary: short"
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import YAML, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P001"
PREFILTER = Prefilter(YAML, reported=True)


def check(target: Target) -> Iterator[Finding]:
    """What stopped the reading."""
    for problem in target.problems(CODE):
        yield Finding(target.path, problem.span, CODE, problem.message, problem.hint)
