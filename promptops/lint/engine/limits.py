"""Where the findings of one rule in one file end."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import wraps
from itertools import islice

from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

MOST = 100
"""Findings of one rule in one file: who has more of them needs no longer list."""

FEW = 3
"""Cases with one cause that are still named one by one."""


def limited(check: Callable[[Target], Iterator[Finding]]) -> Callable[[Target], Iterator[Finding]]:
    """A rule's check, of which the first `MOST` findings are enough: working out more would take its time."""

    @wraps(check)
    def first(target: Target) -> Iterator[Finding]:
        return islice(check(target), MOST)

    return first


def once_per_cause(found: Iterable[tuple[Hashable, Finding]]) -> Iterator[Finding]:
    """The findings, but one for a cause that more than a few cases share: at the first of them, with their number."""
    by_cause: dict[Hashable, list[Finding]] = {}
    for cause, finding in found:
        by_cause.setdefault(cause, []).append(finding)
    for alike in by_cause.values():
        if len(alike) > FEW:
            first = alike[0]
            yield first._replace(message=f"{first.message} ({len(alike) - 1} more cases likewise)")
        else:
            yield from alike
