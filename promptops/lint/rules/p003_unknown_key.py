"""P003 unknown-key."""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.base import Target
from promptops.model.finding import Finding, Severity


class UnknownKey:
    """A key is none of those the format has.

    Most often it is misspelt, and then the setting silently does nothing. In a suite and in promptops.yml that is an
    error, because a lost gate is dangerous; a prompt still loads, because other tools add keys of their own.

    Bad:   modle: small
    Good:  model: small
    """

    code = "P003"
    name = "unknown-key"

    def check(self, target: Target) -> Iterator[Finding]:
        """Each key, with the nearest one that exists."""
        severity: Severity = "warning" if target.kind == "prompt" else "error"
        for problem in target.problems(self.code):
            hint, line = problem.hint, problem.span.line
            if line > 1 and _indentation(target.rows[line - 2]) > _indentation(target.rows[line - 1]):
                hint += "; if it belongs to the text above, indent it as far as that text"
            yield Finding(target.path, problem.span, self.code, problem.message, hint, severity)


def _indentation(row: str) -> int:
    return len(row) - len(row.lstrip(" "))
