"""Where what a change brings is mended: at the finding's own line, or at the changed line that brings it about.

Renaming a value in a prompt is told by lint at every case that still has the old one. People must look at the prompt:
a finding at a line that the change did not touch is told at the stretch of the change that has most of the names that
the finding quotes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.lint.baseline.line_alignment import align_lines
from promptops.lint.engine.redaction import redact
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding
from promptops.model.outcomes.mend_place import MendPlace
from promptops.report.lint.redacted_lines import Masks
from promptops.source.source import Source, read_text

_MOST = 100
"""Findings of a change whose places are looked for: nobody reads more at once."""
_MOST_FILES = 50
_MOST_HUNKS = 500
_LONGEST = 1_000
"""Characters of a line that are kept."""
_MOST_LINES = 3
"""Lines of a stretch that are shown of either version."""
_QUOTED = re.compile(r"'([^'\n]{1,80})'")


class _Hunk(NamedTuple):
    """A stretch that was edited: its first line in the later version, and the lines of both, as they may be shown."""

    path: PurePosixPath
    line: int
    removed: tuple[str, ...]
    added: tuple[str, ...]

    def holds(self, path: PurePosixPath, first: int, last: int) -> bool:
        """Whether the change touched one of these lines."""
        return self.path == path and first < self.line + len(self.added) and self.line <= last


def mend_places(
    report: Report, before: Source | None, now: Source, touched: Collection[PurePosixPath] | None
) -> tuple[MendPlace, ...]:
    """A place for each grave finding that the change brings, in their order. Never raises.

    `before` and `now` are the two versions of the project's files (None: nothing to compare with), `touched` the files
    that differ.
    """
    brought = [one for one in report.findings if one.severity != "note" and one not in report.inherited][:_MOST]
    if not brought:
        return ()
    hunks = list(_hunks(before, now, touched)) if before is not None and touched is not None else []
    masks = Masks(report.findings, report.hidden)
    return tuple(_caused(one, hunks) or _own_place(one, report, masks) for one in brought)


def _own_place(finding: Finding, report: Report, masks: Masks) -> MendPlace:
    span = finding.span
    rows = report.sources.get(finding.path, "").split("\n")
    row = rows[span.line - 1] if 0 < span.line <= len(rows) else ""
    if not row.strip() or len(row) > _LONGEST:
        return MendPlace(finding, finding.path, span.line)
    start = min(span.column - 1, len(row))
    end = span.end_column - 1 if span.end_line == span.line else len(row.rstrip())
    shown = masks.hide(finding.path, span.line, row, start, max(start + 1, min(end, len(row))))
    return MendPlace(finding, finding.path, span.line, *shown)


def _caused(finding: Finding, hunks: Sequence[_Hunk]) -> MendPlace | None:
    """The changed lines that bring it about; None where the change touched the finding's own, or none has its names."""
    span = finding.span
    if any(hunk.holds(finding.path, span.line, max(span.line, span.end_line)) for hunk in hunks):
        return None
    names = [re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in set(_QUOTED.findall(finding.problem))]

    def likeness(hunk: _Hunk) -> tuple[int, bool]:
        text = "\n".join([*hunk.removed, *hunk.added])
        return sum(name.search(text) is not None for name in names), hunk.path == finding.path

    best = max(hunks, key=likeness, default=None)  # of several that are as much like it, the first
    if best is None or not likeness(best)[0]:
        return None
    return MendPlace(finding, best.path, best.line, removed=best.removed[:_MOST_LINES], added=best.added[:_MOST_LINES])


def _hunks(before: Source, now: Source, touched: Iterable[PurePosixPath]) -> Iterator[_Hunk]:
    count = 0
    for path in sorted(touched)[:_MOST_FILES]:
        old, new = _rows(before, path), _rows(now, path)
        if new is None:
            continue  # it is gone: there is no line to point at
        for hunk in _of_file(path, old or [], new):
            count += 1
            if count > _MOST_HUNKS:
                return
            yield hunk


def _of_file(path: PurePosixPath, old: Sequence[str], new: Sequence[str]) -> Iterator[_Hunk]:
    """The stretches between lines that both versions have."""
    same = sorted(align_lines(old, new).same.items())
    after, earlier = 0, 0
    for line, was in [*same, (len(new) + 1, len(old) + 1)]:
        if line - after > 1 or was - earlier > 1:
            removed, added = old[earlier : was - 1], new[after : line - 1]
            yield _Hunk(path, min(after + 1, max(1, len(new))), _kept(removed), _kept(added))
        after, earlier = line, was


def _kept(rows: Iterable[str]) -> tuple[str, ...]:
    return tuple(row[:_LONGEST] for row in rows)


def _rows(source: Source, path: PurePosixPath) -> list[str] | None:
    """The lines without their secrets; None where there is no such file, or none that can be read."""
    try:
        text = read_text(source, path)
    except PromptopsError:
        return None
    _, hidden = redact((), {path: text})
    masks = Masks((), hidden)
    rows = text.removesuffix("\n").split("\n")
    return [masks.hide(path, number, row, 0, 0)[0] for number, row in enumerate(rows, 1)]
