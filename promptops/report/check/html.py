"""The page of a check: a row for each suite with a link to its own page, lint's findings, what could not be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from promptops.model.outcomes.check import CheckResult, SavedReport
from promptops.report.comment.headline import headline
from promptops.report.comment.suites_table import gravest_verdict
from promptops.report.html_page import render_page
from promptops.report.results import summary
from promptops.report.results.html import PAGE
from promptops.report.results.next_steps import NextStep, next_steps
from promptops.report.results.reply_remarks import different_replies
from promptops.report.results.results_view import ResultsView, changes, is_unchanged
from promptops.report.results.rule_words import rule_lines
from promptops.report.results.verdict import ORDER, RunVerdict, run_verdict
from promptops.report.results.verdict_sentences import verdict_sentences
from promptops.text import humanize
from promptops.text.sanitize import number

INDEX = "index.html"
_MOST = 500
_MOST_OWNERS = 3


class SuiteEntry(NamedTuple):
    """A suite on the page; `href` is where its own page lies (empty: nowhere).

    `failing` are the rules that fail, `steps` what people can do.
    """

    href: str
    verdict: RunVerdict
    sentences: tuple[str, ...]
    owners: str
    changed: str
    failing: tuple[str, ...]
    steps: tuple[NextStep, ...]
    size: str


def check_html(report: SavedReport) -> str:
    """The whole page; its links hold where it lies beside the suites' folders."""
    checked = report.check
    grave = [one for one in checked.brought if one.severity != "note"]
    return render_page(
        "check.html.j2",
        styles=("report.css", "check.css"),
        title="Check",
        eyebrow=_compared(checked),
        headline=_headline(checked),
        suites=sorted(_suites(report), key=lambda one: ORDER.index(one.verdict.kind)),
        problems=checked.problems,
        untouched=checked.untouched,
        older=sum(one.severity != "note" for one in checked.inherited),
        settings=checked.settings,
        looked_at=checked.looked_at,
        findings=grave[:_MOST],
        more=humanize.plural(len(grave) - _MOST, "more problem") if len(grave) > _MOST else "",
        changes=checked.changes,
        listed=humanize.listed,
        owned=any(one.owners for one in report.check.results),
    )


def _headline(checked: CheckResult) -> str:
    """The comment's heading where the suites say it all, else every kind of reason why the check is red."""
    views = [ResultsView(one) for one in checked.results if not is_unchanged(one)]
    if not views or not {failure.kind for failure in checked.failures} <= {"gate", "not measured"}:
        return headline(checked)
    views.sort(key=lambda view: ORDER.index(run_verdict(view).kind))
    return ": ".join(gravest_verdict(views))


def _suites(report: SavedReport) -> Iterator[SuiteEntry]:
    several = len(report.check.results) > 1
    for one, folder in zip(report.check.results, report.folders, strict=True):
        view = ResultsView(one)
        href = f"{folder}/{PAGE}" if folder else ""
        replies = different_replies(view)
        yield SuiteEntry(
            href,
            run_verdict(view),
            tuple(verdict_sentences(view)),
            humanize.listed(one.owners, _MOST_OWNERS),
            f"{number(replies.different)} of {number(replies.pairs)}" if replies.pairs else "–",
            tuple(
                f"{what} {said}" for (what, said), gate in zip(rule_lines(view), one.gates, strict=True) if gate.blocks
            ),
            tuple(next_steps(view, changes(view), name_suite=several)),
            summary.size(view),
        )


def _compared(checked: CheckResult) -> str:
    base = checked.base
    return f"compared with {base.commit[:7] if base.commit else 'nothing'}: {base.words}" if base.words else ""
