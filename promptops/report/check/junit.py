"""A check as JUnit XML, as CI shows it: each suite's answers, what lint found, and what could not be done.

What was not evaluated or not measured is an `error`, so that no page of a CI is green without it.
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.model.outcomes.check import SavedReport
from promptops.report.results.junit import JUnitSuite, JUnitTest, junit_document, suites_of


def check_junit(report: SavedReport) -> str:
    """All suites in one document."""
    checked = report.check
    problems = [
        JUnitTest(one.suite or "check", 0.0, "error", one.why, " · ".join(filter(None, (one.why, one.hint))))
        for one in checked.problems
    ]
    told = [JUnitSuite("not checked", "promptops", problems)] if problems else []
    lint = [JUnitSuite("lint", "promptops.lint", list(_findings(report)))] if checked.looked_at else []
    return junit_document("promptops", [*told, *(one for each in checked.results for one in suites_of(each)), *lint])


def _findings(report: SavedReport) -> Iterator[JUnitTest]:
    """A failure for each finding that the change brings, but for advice; one that passes where there is none."""
    grave = [one for one in report.check.brought if one.severity != "note"]
    if not grave:
        yield JUnitTest(report.check.looked_at)
    for one in grave:
        text = "\n".join(filter(None, (one.problem, one.hint)))
        yield JUnitTest(one.span.place(one.path), 0.0, "failure", f"{one.code} {one.message}", text)
