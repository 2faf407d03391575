"""What a change found there already: each finding of its base takes one of its own findings on, and no more.

A finding is the same where its rule says the same of the same line. Lines are compared as texts, not by their numbers:
one that moved, within its file or with it, is the same; one that was edited in place is, as long as what the finding
marks stays. So whoever mends one finding and brings another like it has brought one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.lint.baseline.line_alignment import LineAlignment, align_lines
from promptops.lint.baseline.renamed_files import former_names, former_paths
from promptops.lint.engine.one_for_many import without_count
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, Span

_QUOTED = re.compile(r"'([^'\n]*)'")
_NUMBER = re.compile(r"'[^'\n]*'|\d[\d,.]*")


class _Compared:
    """A finding as it is compared. `left`: of how many cases it speaks, and how many of them are still to be matched.

    `shape` is the message without numbers: lines and counts move with what stands around them.
    """

    def __init__(self, finding: Finding, rows: Sequence[str], names: Mapping[str, str]) -> None:
        message, self.left = without_count(finding), finding.occurrences
        self.finding = finding
        self.message = _QUOTED.sub(lambda found: f"'{names.get(found[1], found[1])}'", message) if names else message
        self.shape = _NUMBER.sub(lambda found: found[0] if found[0][0] == "'" else "#", self.message)
        self.line = finding.span.line
        self.row = rows[self.line - 1].strip() if 0 < self.line <= len(rows) else ""
        self.marked = _marked(finding.span, rows)
        self.kind = finding.code, finding.severity == "note"


_Key = Callable[[_Compared], Hashable | None]
"""What must be equal; None for what is not compared in this way."""


class _Matching(NamedTuple):
    """One way of being the same: a key for what is there now, and one for what was there."""

    now: _Key
    then: _Key


def inherited_findings(head: Report, base: Report) -> frozenset[Finding]:
    """The findings of `head` that `base`, the version before the change, has too. Renamed files are followed."""
    former = former_paths(head, base)
    names = former_names(former)
    then, found = _by_file(base, names), set[Finding]()
    for path, findings in _by_file(head, {}).items():
        was = former.get(path, path)
        if was in then:
            lines = align_lines(_rows(base, was), _rows(head, path))
            found |= _of_file([one for one in findings if one.finding.path == path], then[was], lines)
    return frozenset(found)


def _by_file(report: Report, names: Mapping[str, str]) -> dict[PurePosixPath, list[_Compared]]:
    """What is told once for many cases, at what they have in common, belongs to the files of the cases too."""
    found: dict[PurePosixPath, list[_Compared]] = defaultdict(list)
    for finding in report.findings:
        place = _Compared(finding, _rows(report, finding.path), names)
        for path in dict.fromkeys((finding.path, *(one.path for one in finding.places))):
            found[path].append(place)
    return found


def _rows(report: Report, path: PurePosixPath) -> list[str]:
    return report.sources.get(path, "").split("\n")


def _of_file(now: Iterable[_Compared], then: Sequence[_Compared], lines: LineAlignment) -> set[Finding]:
    found: set[Finding] = set()
    waiting = [*now]
    for way in _passes(lines):
        by_key: dict[Hashable, list[_Compared]] = defaultdict(list)
        for place in then:
            if place.left and (key := way.then(place)) is not None:
                by_key[key].append(place)
        left = []
        for place in waiting:
            key = way.now(place)
            earlier = next((one for one in by_key.get(key, ()) if one.left >= place.left), None) if key else None
            if earlier is None:
                left.append(place)
            else:
                earlier.left -= place.left
                found.add(place.finding)
        waiting = left
    return found


def _passes(lines: LineAlignment) -> Iterable[_Matching]:
    """From the surest on."""

    def unmoved(place: _Compared) -> Hashable | None:
        line = lines.same.get(place.line)
        return None if line is None else (place.kind, place.shape, line)

    def edited(place: _Compared, hunks: Mapping[int, int]) -> Hashable | None:
        if (hunk := hunks.get(place.line)) is None:
            return None
        counts = place.shape != place.message and not place.finding.masked  # the number is what it says
        return place.kind, hunk, place.shape if counts else (place.message, place.marked)

    yield _Matching(unmoved, lambda place: (place.kind, place.shape, place.line))
    yield _Matching(_moved, _moved)
    yield _Matching(lambda place: edited(place, lines.hunk), lambda place: edited(place, lines.earlier_hunk))
    # A few findings with one cause are told one by one, more of them as one, at the first: these are its others.
    yield _Matching(lambda place: place.kind if place.line in lines.same else None, _grouped)


def _moved(place: _Compared) -> Hashable | None:
    return (place.kind, place.message, place.row, place.marked) if place.row else None


def _grouped(place: _Compared) -> Hashable | None:
    return place.kind if place.finding.occurrences > 1 else None


def _marked(span: Span, rows: Sequence[str]) -> str:
    """The text that the finding marks, of its first line."""
    if not 0 < span.line <= len(rows):
        return ""
    end = span.end_column - 1 if span.end_line == span.line else None
    return rows[span.line - 1][span.column - 1 : end].strip()
