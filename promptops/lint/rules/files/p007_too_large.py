"""The file is larger than 1 MiB.

Prompts, suites and templates are written by people; no model reads a million characters, and such a file is
refused wherever it is used. Mostly data was pasted into it that belongs beside it.

Bad:   testData: (40,000 lines)
Good:  testData: cases.jsonl
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.locations import unreadable
from promptops.lint.engine.prefilter import ALL_BUT_CASES, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P007"
PREFILTER = Prefilter((*ALL_BUT_CASES, "cases"), reported=True)


def check(target: Target) -> Iterator[Finding]:
    """The file with its size."""
    return unreadable(target, CODE)
