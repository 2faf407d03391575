"""One finding for the many cases in which the same was found: who mends one mends them all in the same way."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence

from promptops.lint.engine.limits import MOST
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding, FindingPlace, Span

FEW = 3
"""Cases with one cause that are still named one by one where they are not quite alike."""


def one_for_equal_cases(target: Target, found: Collection[Finding]) -> set[Finding]:
    """The findings in a file, those about its cases that say the same as one: at the first, with their number.

    Fixes stay one by one, as each mends its own place, and so do secrets, which are never alike.
    """
    if len(found) < 2:
        return set(found)
    alike: dict[Hashable, list[Finding]] = {}
    kept: set[Finding] = set()
    lines, files = _case_lines(target), {case.path for case in target.cases if case.path is not None}
    for one in found:
        in_cases = one.span.line in lines if one.path == target.path else one.path in files
        if one.fix is None and not one.masked and one.occurrences == 1 and in_cases:
            key = one._replace(span=Span(0, 0, 0, 0))
            alike.setdefault(key, []).append(one)
        else:
            kept.add(one)
    return kept.union(one_for_all(sorted(group, key=Finding.sort_key)) for group in alike.values())


def once_per_cause(found: Iterable[tuple[Hashable, Finding]]) -> Iterator[Finding]:
    """The findings, but one for a cause that more than a few cases share: at the first of them, with their number."""
    by_cause: dict[Hashable, list[Finding]] = {}
    for cause, finding in found:
        by_cause.setdefault(cause, []).append(finding)
    for group in by_cause.values():
        if len(group) > FEW:
            yield one_for_all(group)
        else:
            yield from group


def one_for_all(group: Sequence[Finding]) -> Finding:
    """The first of them, with the number of all and where the others are."""
    first, count = group[0], len(group)
    if count == 1:
        return first
    message = f"{first.message}{_among(count, equal=all(one.message == first.message for one in group))}"
    return first._replace(message=message, occurrences=count, places=places_of(group))


def places_of(group: Iterable[Finding]) -> tuple[FindingPlace, ...]:
    """Where they stand, as many as anybody reads."""
    return tuple(dict.fromkeys(FindingPlace(one.path, one.span) for one in group))[:MOST]


def without_count(finding: Finding) -> str:
    """The message without what `one_for_all` added, so that two that differ only in their number are alike."""
    for equal in (True, False):
        finding = finding._replace(message=finding.message.removesuffix(_among(finding.occurrences, equal=equal)))
    return finding.message


def _among(count: int, *, equal: bool) -> str:
    if equal:
        return f" (in {count:,} cases)"
    return f" (and {count - 1:,} more case{'s' if count > 2 else ''} like it)"


def _case_lines(target: Target) -> range:
    """The lines on which the file's own cases stand."""
    if target.kind == "cases":
        return range(1, len(target.rows) + 1)
    data = target.get("testData")
    if data is None or data.kind == "scalar":
        return range(0)
    return range(data.span.line, data.span.end_line + 1)
