"""The file cannot be read at all.

A tab, a missing quote or a second colon in a line stops everything: no prompt of the file can be used. So does what
looks right and is not, like a no-break space before a key: then the file can be read, but not as it was meant. Files
are YAML without anchors, tags and several documents, so that nothing in them is a surprise.

Bad:   name: Summary: short
Good:  name: "Summary: short"
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import YAML, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding, Fix, Span

CODE = "P001"
PREFILTER = Prefilter(YAML, reported=True)


def check(target: Target) -> Iterator[Finding]:
    """What stopped the reading."""
    for problem in target.problems(CODE):
        yield Finding(target.path, problem.span, CODE, problem.message, problem.hint, fix=_fix(target, problem.span))


def _fix(target: Target, span: Span) -> Fix | None:
    """What puts right a character that nobody sees as what it is."""
    from promptops.source.yaml.slips.odd_characters import replacement

    row = target.rows[span.line - 1] if span.line <= len(target.rows) else ""
    instead = replacement(row[span.column - 1 : span.end_column - 1]) if span.line == span.end_line else None
    return Fix(span, instead) if instead is not None else None
