"""The versions of a prompt as one page that needs nothing else and runs no script."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from promptops.model.outcomes.history import CriterionRate, History, PromptVersion, Scorecard
from promptops.report.diff.view import view
from promptops.report.history.chart import draw
from promptops.report.history.json import iso
from promptops.report.history.view import SuiteHistory, of_another, served, suite_history, title, version_change
from promptops.report.page import render_page
from promptops.text.humanize import ago, percent, plural

_MOST_CHANGES, _MOST_CARDS = 5, 20


class VersionRow(NamedTuple):
    """A version in words. `diffs` are caption, case and lines of each; `rates` criterion, rate, suite and date."""

    commit: str
    title: str
    served: str
    facts: str
    said: str
    diffs: tuple[tuple[str, str, tuple[str, ...]], ...]
    rates: tuple[tuple[str, str, str, str], ...]


def history_html(history: History, now: float) -> str:
    """The whole page: a chart of the rates with their intervals, then each version. `now`: seconds since 1970."""
    found = suite_history(history)
    count = plural(len(history.versions), "version")
    return render_page(
        "history.html.j2",
        styles=("report.css", "history.css"),
        title=f"{history.prompt}: history",
        eyebrow=f"{history.prompt} · {count}{' and older ones' * history.older} · as of {history.revision}",
        headline=history.title,
        drawing=draw(history, found) if found is not None else None,
        legend=_legend(found) if found is not None else "",
        versions=[_row(history, row, now) for row in history.versions],
        notes=history.notes,
    )


def _legend(found: SuiteHistory) -> str:
    of = f" ({found.of})" if found.of else ""
    told = [
        f"Suite {found.suite}{of}, model {found.model}; the oldest version stands on the left. Bars are 95% intervals."
    ]
    if found.has_foreign:
        told.append("Hollow points were measured with other cases or criteria, so they do not compare with the rest.")
    if found.others:
        told.append(f"Also evaluated: {', '.join(found.others)}.")
    return " ".join(told)


def _row(history: History, row: PromptVersion, now: float) -> VersionRow:
    facts = f"{row.about.author}, {ago(now - row.about.when)} ({iso(row.about.when)[:10]}) · {row.path}"
    said = version_change(row, history.prompt)
    if row.diff is None:
        said = f"the oldest version here {said}".rstrip()
    rates = tuple(_rates(row, history.names()))
    return VersionRow(row.commit[:7], title(row), served(row), facts, said, tuple(_diffs(row)), rates)


def _diffs(row: PromptVersion) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    if row.diff is None:
        return
    one = view(row.diff)
    changes = [change for change in one.changes.changes if change.case]
    for change in changes[:_MOST_CHANGES]:
        yield "shown for", change.case, change.diff
    if not changes and one.written:
        yield "the text as it is written", "", one.written


def _rates(row: PromptVersion, names: Collection[str]) -> Iterator[tuple[str, str, str, str]]:
    for card in row.scorecards[:_MOST_CARDS]:
        for one in card.criteria:
            yield one.name, _passes(one), _suite(card, names), card.when[:16].replace("T", " ")


def _passes(one: CriterionRate) -> str:
    interval = "too few for an interval"
    if one.low is not None and one.high is not None:
        interval = f"{percent(one.low)} … {percent(one.high)}"
    return f"{percent(one.rate)} ({interval}) of {plural(one.n, 'case')}"


def _suite(card: Scorecard, names: Collection[str]) -> str:
    of = of_another(card, names)
    return f"{card.suite}, {card.model}{f' ({of})' if of else ''}"
