"""The file is there and cannot be read: a link, a pipe, a name that nobody can type.

Links are not followed, whether to a file or to a folder: they could lead out of the project, and in a commit there is
nothing behind them. A name with a line break, another control character or bytes that are not UTF-8 cannot be asked
for. No command looks into such a file, so nobody may take it for one that was looked at.

Bad:   prompts/reply.prompt.yml -> ../../shared/reply.prompt.yml
Good:  the text itself in prompts/reply.prompt.yml, and what several prompts share in a template they include
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.locations import unreadable
from promptops.lint.engine.prefilter import ALL_BUT_CASES, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding
from promptops.source.source import UNREADABLE

CODE = UNREADABLE
PREFILTER = Prefilter((*ALL_BUT_CASES, "cases"), reported=True)


def check(target: Target) -> Iterator[Finding]:
    """The file, with what it is."""
    return unreadable(target, CODE)
