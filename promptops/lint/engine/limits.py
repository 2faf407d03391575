"""Where the findings of one rule in one file end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

MOST = 100
"""Findings of one rule in one file that are listed of a `limited` rule: who has more of them needs no longer list."""
MAX_FINDINGS = 500
"""The same of other rules; nobody reads more, and a file made for it could hold a hundred thousand."""
MAX_SEEN = 20_000
"""Findings of one rule in one file that are looked at, those among them that a comment takes on."""

_Check = Callable[[Target], Iterator[Finding]]
_LIMITED: set[_Check] = set()


def limited(check: _Check) -> _Check:
    """A rule's check, of which the first `MOST` findings are enough: working out more would take its time.

    Those that a comment takes on do not count, or a file could hide a finding behind a hundred of them.
    """
    _LIMITED.add(check)
    return check


def most_listed(check: _Check) -> int:
    """How many findings of one file are listed."""
    return MOST if check in _LIMITED else MAX_FINDINGS
