"""A comment leaves a finding in place that is not there any more.

The next one of its kind would be let through unseen.

Bad:   # promptops: ignore[P201] …   <text>{{ text }}</text>
Good:  <text>{{ text }}</text>
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import ALL_BUT_CASES, Prefilter
from promptops.lint.engine.suppressions import MARK
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P012"
PREFILTER = Prefilter(ALL_BUT_CASES, (MARK,))


def check(target: Target) -> Iterator[Finding]:
    """Nothing: only when all other rules have run is it known what was not used; see `SuppressionIndex.unused`."""
    yield from ()
