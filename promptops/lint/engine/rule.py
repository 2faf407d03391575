"""What a rule is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from promptops.lint.engine.target import Survey, Target
from promptops.model.finding import Finding


class Rule(Protocol):
    """One thing that can be wrong in one file. The docstring is its manual page: what, why, `Bad:` and `Good:`.

    A finding's place is in the file itself, in a template the file reaches, or in its file of cases.
    """

    code: str
    name: str

    def check(self, target: Target) -> Iterator[Finding]:
        """What this rule finds in one file."""
        ...


class ProjectRule(Protocol):
    """One thing that can only be seen when all files are looked at together."""

    code: str
    name: str

    def check(self, survey: Survey) -> Iterator[Finding]:
        """What this rule finds in the project."""
        ...
