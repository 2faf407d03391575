"""Lines of a file as lint would mend them, as a forge can take them over: whole lines in place of whole lines."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.lint.engine.fixes import apply
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, Fix
from promptops.text.sanitize import visible

_MEANT = re.compile(r"did you mean '([^'\n]{1,100})'\?")
_LONGEST = 5_000
"""Characters of the lines that are proposed."""


class FixedLines(NamedTuple):
    """`new` in place of `old`, which begin at `line` (from 1) of the file, and the findings that this mends.

    `number` tells apart several of one file that are alike.
    """

    path: PurePosixPath
    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    findings: tuple[Finding, ...]
    number: int = 0

    @property
    def fingerprint(self) -> str:
        """The same for the same proposal, wherever in the file its lines stand: 16 hex digits."""
        codes = [finding.code for finding in self.findings]
        told = json.dumps([self.path.as_posix(), codes, self.old, self.new, self.number])
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]


def fixed_lines(report: Report) -> tuple[FixedLines, ...]:
    """What a forge can be proposed to mend, in the order of files and lines.

    Only what has one right answer: lint's own fix, or the one name that it takes a misspelt one for. Nothing that
    touches a secret, and nothing with letters that people would not see.
    """
    found: dict[PurePosixPath, list[tuple[Finding, Fix]]] = {}
    for finding in report.findings:
        text = report.sources.get(finding.path)
        fix = _fix_of(finding, text) if text is not None and not finding.masked else None
        if fix is not None and not _is_hidden(report, finding.path, fix):
            found.setdefault(finding.path, []).append((finding, fix))
    return tuple(one for path, pairs in found.items() for one in _of_file(path, report.sources[path], pairs))


def _fix_of(finding: Finding, text: str) -> Fix | None:
    if finding.fix is not None:
        return finding.fix
    span, meant = finding.span, _MEANT.search(finding.hint)
    rows = text.split("\n")
    if meant is None or span.line != span.end_line or not 0 < span.line <= len(rows):
        return None
    marked = rows[span.line - 1][span.column - 1 : span.end_column - 1]
    return Fix(span, meant[1]) if marked and f"'{marked}'" in finding.message else None


def _is_hidden(report: Report, path: PurePosixPath, fix: Fix) -> bool:
    return any(
        span.line <= fix.span.end_line and fix.span.line <= span.end_line for span in report.hidden.get(path, ())
    )


def _of_file(path: PurePosixPath, text: str, pairs: Iterable[tuple[Finding, Fix]]) -> Iterator[FixedLines]:
    seen: dict[str, int] = {}
    for cluster in _clusters(pairs):
        if (one := _replaced(path, text, cluster)) is not None:
            number = seen[one.fingerprint] = seen.get(one.fingerprint, -1) + 1
            yield one._replace(number=number)


def _clusters(pairs: Iterable[tuple[Finding, Fix]]) -> Iterator[list[tuple[Finding, Fix]]]:
    """Fixes that touch a line in common: a forge takes over one proposal for a line."""
    last, cluster = 0, list[tuple[Finding, Fix]]()
    for finding, fix in sorted(pairs, key=lambda pair: pair[1].span):
        if cluster and fix.span.line > last:
            yield cluster
            cluster = []
        last = max(last, fix.span.end_line) if cluster else fix.span.end_line
        cluster.append((finding, fix))
    if cluster:
        yield cluster


def _replaced(path: PurePosixPath, text: str, cluster: Sequence[tuple[Finding, Fix]]) -> FixedLines | None:
    """The whole lines that differ; None where nothing does that a forge could take over."""
    mended = apply(text.encode("utf-8"), [fix for _, fix in cluster]).decode("utf-8")
    old, new = text.split("\n"), mended.split("\n")
    first = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    last, end = len(old), len(new)
    while last > first and end > first and old[last - 1] == new[end - 1]:
        last, end = last - 1, end - 1
    if first == last:  # lines come in and none goes: the line above stays as it is
        first = max(0, first - 1)
        last, end = (last, end) if last > first else (last + 1, end + 1)
    # What comes behind the last line's end is no line.
    beyond = (last == len(old) and old[-1] == "") or (end == len(new) and new[-1] == "")
    rows = tuple(new[first:end])
    too_much = sum(map(len, rows)) > _LONGEST or any(visible(row) != row for row in rows)
    if mended == text or beyond or too_much:
        return None
    findings = tuple(finding for finding, _ in cluster)
    return FixedLines(path, first + 1, tuple(old[first:last]), rows, findings)
