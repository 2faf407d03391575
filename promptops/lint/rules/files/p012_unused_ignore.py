"""P012 unused-ignore."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from promptops.lint.engine.target import Target
from promptops.model.finding import Finding


class UnusedIgnore:
    """A comment leaves a finding in place that is not there any more.

    The next one of its kind would be let through unseen.

    Bad:   # promptops: ignore[P201] …   <text>{{ text }}</text>
    Good:  <text>{{ text }}</text>
    """

    code = "P012"
    name = "unused-ignore"

    def check(self, target: Target) -> Iterator[Finding]:
        """Nothing: only when all other rules have run is it known what was not used; see `unused`."""
        yield from ()

    def unused(self, target: Target, running: Collection[str]) -> Iterator[Finding]:
        """Each code that took nothing on, of the rules that ran."""
        for comment in target.comments:
            for code in comment.codes:
                if comment.reason and code in running and code not in comment.used:
                    message = f"nothing here needs ignore[{code}]"
                    yield Finding(target.path, comment.span, self.code, message, "take it out", "warning")
