"""The page of a check: a row for each suite with a link to its own page, lint's findings, what could not be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from promptops.model.chat.finish_reason import was_cut
from promptops.model.outcomes.check import CheckResult, SavedReport
from promptops.report.comment.headline import headline
from promptops.report.html_page import render_page
from promptops.report.results import summary
from promptops.report.results.html import PAGE
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

    `failing` are the rules that fail. `ways` lead into the page: what one reads there, and the address it stands at.
    """

    href: str
    verdict: RunVerdict
    sentences: tuple[str, ...]
    owners: str
    changed: str
    failing: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]
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
        headline=headline(checked),
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


def _suites(report: SavedReport) -> Iterator[SuiteEntry]:
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
            tuple(_ways(view)) if href else (),
            summary.size(view),
        )


def _ways(view: ResultsView) -> Iterator[tuple[str, str]]:
    """What to read on the suite's own page, at most three: (`read the 3 that got worse`, `#show=worse`)."""
    found = changes(view)
    for cases, words in ((found.worse, "worse"), (found.better, "better")):
        count = len({change.case.id for change in cases})
        if count:
            yield f"read the {'one' if count == 1 else count} that got {words}", f"#show={words}"
    cut = {s.case for model in view.models for s in view.head_samples(model) if was_cut(s.finish_reason)} - view.held
    if cut:
        yield (
            f"read the {'one' if len(cut) == 1 else len(cut)} that {'was' if len(cut) == 1 else 'were'} cut off",
            "#show=cut",
        )
    elif view.has_base and not is_unchanged(view.results):
        yield "read the replies that changed", "#show=changed"


def _compared(checked: CheckResult) -> str:
    base = checked.base
    return f"compared with {base.commit[:7] if base.commit else 'nothing'}: {base.words}" if base.words else ""
