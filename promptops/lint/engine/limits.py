"""Where the findings of one rule in one file end."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import wraps
from itertools import islice

from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

MOST = 100
"""Findings of one rule in one file: who has more of them needs no longer list."""


def limited(check: Callable[[Target], Iterator[Finding]]) -> Callable[[Target], Iterator[Finding]]:
    """A rule's check, of which the first `MOST` findings are enough: working out more would take its time."""

    @wraps(check)
    def first(target: Target) -> Iterator[Finding]:
        return islice(check(target), MOST)

    return first


def once_per_cause(found: Iterable[tuple[Hashable, Finding]]) -> Iterator[Finding]:
    """One finding for each cause, at the first case that has it, with how many more cases have it too."""
    first: dict[Hashable, Finding] = {}
    more: dict[Hashable, int] = {}
    for cause, finding in found:
        if cause in first:
            more[cause] = more.get(cause, 0) + 1
        else:
            first[cause] = finding
    for cause, finding in first.items():
        count = more.get(cause, 0)
        also = f" ({count} more {'case' if count == 1 else 'cases'} likewise)" if count else ""
        yield finding._replace(message=finding.message + also) if also else finding
