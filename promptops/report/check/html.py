"""The page of a check: a line for each suite with a link to its own page, lint's findings, what could not be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from promptops.evals.unmeasured import unmeasured
from promptops.model.outcomes.check import CheckResult, SavedReport
from promptops.report.comment.headline import headline
from promptops.report.html_page import render_page
from promptops.report.results import summary
from promptops.report.results.html import PAGE
from promptops.report.results.results_view import ResultsView
from promptops.text import humanize

INDEX = "index.html"
_MOST = 500
_GRAVEST_FIRST = ("not measured", "blocked")


class SuiteLine(NamedTuple):
    """A suite on the page: where its own page lies (empty: nowhere), and what stands there first."""

    href: str
    headline: str
    size: str
    mark: str


def check_html(report: SavedReport) -> str:
    """The whole page; its links hold where it lies beside the suites' folders."""
    checked = report.check
    grave = [one for one in checked.brought if one.severity != "note"]
    return render_page(
        "check.html.j2",
        styles=("report.css",),
        title="Check",
        eyebrow=_compared(checked),
        headline=headline(checked),
        suites=sorted(_suites(report), key=_rank),
        problems=checked.problems,
        untouched=checked.untouched,
        older=sum(one.severity != "note" for one in checked.inherited),
        settings=checked.settings,
        looked_at=checked.looked_at,
        findings=grave[:_MOST],
        more=humanize.plural(len(grave) - _MOST, "more problem") if len(grave) > _MOST else "",
        changes=checked.changes,
        listed=humanize.listed,
        not_measured=summary.NOT_MEASURED,
    )


def _rank(line: SuiteLine) -> int:
    return _GRAVEST_FIRST.index(line.mark) if line.mark in _GRAVEST_FIRST else len(_GRAVEST_FIRST)


def _suites(report: SavedReport) -> Iterator[SuiteLine]:
    for one, folder in zip(report.check.results, report.folders, strict=True):
        view = ResultsView(one)
        mark = summary.NOT_MEASURED if unmeasured(one) else "blocked" if one.blocked else ""
        yield SuiteLine(f"{folder}/{PAGE}" if folder else "", summary.headline(view), summary.size(view), mark)


def _compared(checked: CheckResult) -> str:
    base = checked.base
    return f"compared with {base.commit[:7] if base.commit else 'nothing'}: {base.words}" if base.words else ""
