"""P001 not-yaml."""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.base import Target
from promptops.model.finding import Finding, Span


class NotYaml:
    """The file cannot be read at all.

    A tab, a missing quote or a second colon in a line stops everything: no prompt of the file can be used. Files are
    UTF-8 text and YAML without anchors, tags and several documents, so that nothing in them is a surprise.

    Bad:   name: Summary: short
    Good:  name: "Summary: short"
    """

    code = "P001"
    name = "not-yaml"

    def check(self, target: Target) -> Iterator[Finding]:
        """What stopped the reading."""
        for problem in target.problems(self.code):
            yield Finding(target.path, problem.span, self.code, problem.message, problem.hint)
        if target.kind == "template":
            yield from self._conflicts(target)

    def _conflicts(self, target: Target) -> Iterator[Finding]:
        """A template is free text, but a model must never be sent both sides of a conflict."""
        for number, row in enumerate(target.rows, 1):
            if row.startswith(("<<<<<<< ", ">>>>>>> ")):
                message = "git left a conflict here: two versions of the same lines"
                hint = "keep one version and take out the lines with <<<<<<<, ======= and >>>>>>>"
                yield Finding(target.path, Span.at(number, 1), self.code, message, hint)
                return
