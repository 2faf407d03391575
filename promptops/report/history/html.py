"""The versions of a prompt as one page, with a chart, that needs nothing else and runs no script."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from promptops.model.outcomes.history import CriterionRate, History, PromptVersion, Scorecard
from promptops.report.diff.view import view
from promptops.report.history.json import iso
from promptops.report.history.view import (
    SuiteHistory,
    as_base,
    not_measured,
    of_another,
    served,
    suite_history,
    title,
    version_change,
)
from promptops.report.html_page import render_page
from promptops.text.humanize import ago, cases_words, percent, plural

_MOST_CHANGES, _MOST_CARDS = 5, 20
_COLUMN, _LEAST_COLUMNS = 96, 3
_STRIP, _TOP, _FOOT = 96, 12, 74
"""Pixels: nothing is made smaller on a phone, where the drawing is moved instead."""
_MOST_STRIPS, _MOST_LABELS = 12, 20
_LABEL = 14
"""Letters that fit a column."""


def history_html(history: History, now: float) -> str:
    """The whole page: a chart of the rates with their intervals, then each version. `now`: seconds since 1970."""
    found = suite_history(history)
    count = plural(len(history.versions), "version")
    names = history.names()
    return render_page(
        "history.html.j2",
        styles=("report.css", "history.css"),
        title=f"{history.prompt}: history",
        eyebrow=f"{history.prompt} · {count}{' and older ones' * history.older} · as of {history.revision}",
        headline=history.title,
        history=history,
        chart=Chart(history, found) if found is not None else None,
        legend=_legend(found) if found is not None else "",
        facts=lambda row: f"{row.about.author}, {ago(now - row.about.when)} ({iso(row.about.when)[:10]}) · {row.path}",
        said=lambda row: _said(row, history.prompt),
        suite=lambda card: _suite(card, names),
        diffs=_diffs,
        most_cards=_MOST_CARDS,
        not_measured=not_measured,
        passes=_passes,
        percent=percent,
        served=served,
        version_title=title,
    )


def _legend(found: SuiteHistory) -> str:
    of = f" ({found.of})" if found.of else ""
    told = [
        f"Suite {found.suite}{of}, model {found.model}; the oldest version stands on the left. Bars are 95% intervals."
    ]
    if found.has_foreign:
        told.append("Hollow points were measured with other cases, criteria or scoring, so they do not compare.")
    if None in found.cards:
        told.append("Dashed rings: this version was not evaluated.")
    if found.others:
        told.append(f"Also evaluated: {', '.join(found.others)}.")
    return " ".join(told)


def _suite(card: Scorecard, names: Collection[str]) -> str:
    of = of_another(card, names)
    return ", ".join(filter(None, [card.suite, f"{card.model}{f' ({of})' * bool(of)}", as_base(card)]))


def _said(row: PromptVersion, prompt: str) -> str:
    said = version_change(row, prompt)
    return said if row.diff is not None else f"the oldest version here {said}".rstrip()


def _diffs(row: PromptVersion) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Caption, case and lines of each that is shown: the edit once, as it is written, and a case of each kind."""
    if row.diff is None:
        return
    one = view(row.diff)
    if one.written:
        yield "the edit, as it is written", "", one.written
    for change in [change for change in one.changes.changes if change.case][:_MOST_CHANGES]:
        yield "what one case receives:", change.case, change.diff


def _passes(one: CriterionRate) -> str:
    interval = "too few for an interval"
    if one.low is not None and one.high is not None:
        interval = f"{percent(one.low)} … {percent(one.high)}"
    return f"{percent(one.rate)} ({interval}) of {cases_words(one.n, one.groups)}"


class Point(NamedTuple):
    """A version's rate, and how far from the left it stands; a foreign one was measured with other cases."""

    x: str
    rate: CriterionRate
    is_foreign: bool


class VersionLabel(NamedTuple):
    """What stands below a version: where, and in lines its commit, its day, who wrote it and where it is served."""

    x: str
    commit: str
    day: str
    author: str
    served: str


class Chart:
    """Where the drawing has its lines, in pixels: a strip a criterion, a column a version, the oldest on the left.

    A strip's number and a share give a height. Names of criteria stand beside the drawing, where they stay in sight.
    """

    def __init__(self, history: History, found: SuiteHistory) -> None:
        self.criteria = found.criteria[:_MOST_STRIPS] if history.versions else ()
        self.versions = len(history.versions)
        self.width = _COLUMN * max(_LEAST_COLUMNS, min(self.versions, _MOST_LABELS))
        self.height = len(self.criteria) * _STRIP + _FOOT
        self.has_room = self.versions <= 2 * _MOST_LABELS  # for figures beside the points
        self._found, self._history = found, history

    def top(self, strip: int) -> int:
        """Where the strip begins."""
        return strip * _STRIP + _TOP

    def y(self, strip: int, share: float) -> float:
        """The height of a share."""
        return round(self.top(strip) + (_STRIP - 2 * _TOP) * (1 - min(max(share, 0.0), 1.0)), 1)

    def points(self, criterion: str) -> list[Point]:
        """All its rates, the oldest first."""
        rows = range(self.versions - 1, -1, -1)
        rates = ((row, self._found.rate(row, criterion)) for row in rows)
        return [Point(self._x(row), rate, self._found.is_foreign(row)) for row, rate in rates if rate is not None]

    def not_evaluated(self, criterion: str) -> list[str]:
        """Where the versions stand that have no rate."""
        return [self._x(row) for row in range(self.versions) if self._found.rate(row, criterion) is None]

    def path(self, strip: int, criterion: str) -> str:
        """The line through them; what was measured with other cases is not joined: that would say that they compare."""
        points = self.points(criterion)
        signs = ["M", *("L" if one.is_foreign is following.is_foreign else "M" for one, following in pairwise(points))]
        return " ".join(f"{s}{one.x} {self.y(strip, one.rate.rate)}" for s, one in zip(signs, points, strict=False))

    def labels(self) -> Iterator[VersionLabel]:
        """Those of the versions: only some where there are many, the newest always."""
        for number in range(0, self.versions, ceil(self.versions / _MOST_LABELS)):
            row = self._history.versions[number]
            day = iso(row.about.when)[:10]
            yield VersionLabel(self._x(number), row.commit[:7], day, _fitted(row.about.author), _fitted(served(row)))

    def _x(self, row: int) -> str:
        """Rows of a history begin with the newest."""
        room, last = self.width - _COLUMN, self.versions - 1
        return f"{_COLUMN / 2 + (room * (last - row) / last if last else room / 2):.1f}"


def _fitted(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1].rstrip()}…"
