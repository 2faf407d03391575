"""P001 not-yaml."""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import YAML, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding


class NotYaml:
    """The file cannot be read at all.

    A tab, a missing quote or a second colon in a line stops everything: no prompt of the file can be used. Files are
    YAML without anchors, tags and several documents, so that nothing in them is a surprise.

    Bad:   name: Summary: short
    Good:  name: "Summary: short"
    """

    code = "P001"
    name = "not-yaml"
    prefilter = Prefilter(YAML, reported=True)

    def check(self, target: Target) -> Iterator[Finding]:
        """What stopped the reading."""
        for problem in target.problems(self.code):
            yield Finding(target.path, problem.span, self.code, problem.message, problem.hint)
