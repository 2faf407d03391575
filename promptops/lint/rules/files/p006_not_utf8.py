"""The file is not saved as plain UTF-8 text.

Editors on Windows sometimes save as UTF-16, in the country's own encoding, or with an invisible mark at the
beginning. Other programs then see wrong letters, or nothing; in most editors "Save as" lets you choose UTF-8.

Bad:   caf\\xe9, saved as "Windows-1252"
Good:  café, saved as "UTF-8"
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.locations import unreadable
from promptops.lint.engine.prefilter import ALL_BUT_CASES, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding, Fix, Span

CODE = "P006"
PREFILTER = Prefilter(ALL_BUT_CASES, reported=True)


def check(target: Target) -> Iterator[Finding]:
    """The first place that is no UTF-8 text; a byte order mark is taken out by --fix."""
    for found in unreadable(target, CODE):
        marked = found.path == target.path and "byte order mark" in found.message
        yield found._replace(fix=_without_mark(target)) if marked else found


def _without_mark(target: Target) -> Fix | None:
    try:
        target.project.source.read(target.path).decode("utf-8")
    except UnicodeDecodeError:  # it is not the only thing wrong
        return None
    return Fix(Span.at(1, 1), "")
