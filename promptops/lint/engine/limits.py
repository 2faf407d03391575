"""Where the findings of one rule in one file end."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator

from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

MOST = 100
"""Findings of one rule in one file that are listed of a `limited` rule: who has more of them needs no longer list."""
MAX_FINDINGS = 500
"""The same of other rules; nobody reads more, and a file made for it could hold a hundred thousand."""
MAX_SEEN = 20_000
"""Findings of one rule in one file that are looked at, those among them that a comment takes on."""

FEW = 3
"""Cases with one cause that are still named one by one."""


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


def once_per_cause(found: Iterable[tuple[Hashable, Finding]]) -> Iterator[Finding]:
    """The findings, but one for a cause that more than a few cases share: at the first of them, with their number."""
    by_cause: dict[Hashable, list[Finding]] = {}
    for cause, finding in found:
        by_cause.setdefault(cause, []).append(finding)
    for alike in by_cause.values():
        if len(alike) > FEW:
            yield alike[0]._replace(message=alike[0].message + more_cases(len(alike) - 1))
        else:
            yield from alike


def more_cases(count: int) -> str:
    """What follows the message about a case where `count` others have the same."""
    return f" (and {count} more case{'s' if count > 1 else ''} like it)" if count else ""


def without_more_cases(message: str) -> tuple[str, int]:
    """A message without what `more_cases` added, and of how many cases it speaks, at least one."""
    found = re.search(r" \(and (\d{1,9}) more cases? like it\)$", message)
    return (message[: found.start()], int(found[1]) + 1) if found else (message, 1)
