"""Where the findings of one rule in one file end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
