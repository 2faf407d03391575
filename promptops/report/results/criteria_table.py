"""The table of criteria: its rows in words for every form, and itself in markdown, which can be cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from promptops.model.results import CriterionComparison, CriterionInfo
from promptops.report.results import summary
from promptops.report.results.results_view import ResultsView
from promptops.text import humanize
from promptops.text.sanitize import cell, inline

_WEIGHT = (
    "worse",
    "better",
    "probably worse",
    "probably better",
    "not measured",
    "cannot tell",
    "unchanged",
    "no worse",
)


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion with one model. `marks` follow its name: a footnote's number, and how few cases it rests on.

    `sign` and `said` are the verdict; `passes` is what a run without a base says instead.
    """

    model: str
    found: CriterionComparison
    info: CriterionInfo
    marks: str
    sign: str
    said: str
    passes: str

    @property
    def proven(self) -> str:
        """`better` or `worse` where that is shown, else empty."""
        return self.found.verdict if self.found.verdict in ("better", "worse") else ""


def criteria_rows(view: ResultsView) -> list[CriterionRow]:
    """Criteria in the suite's order, the models of each one together."""
    place = {info.name: index for index, info in enumerate(view.results.criteria)}
    notes = summary.footnotes(view.results)
    rows = [
        _row(view, comparison.model, found, notes)
        for comparison in view.results.comparisons
        for found in comparison.criteria
    ]
    return sorted(rows, key=lambda row: place.get(row.found.criterion, len(place)))


def _row(view: ResultsView, model: str, found: CriterionComparison, notes: dict[str, int]) -> CriterionRow:
    info = view.info(found.criterion)
    note = summary.footnote(info)
    marks = f" {humanize.superscript(notes[note])}" if note in notes else ""
    if view.has_base and 0 < found.paired < view.most_paired / 2:
        marks += f" ({humanize.plural(found.paired, 'case')})"
    sign, said = humanize.verdict_words(found, info, view.tested(model, advisory=info.advisory) if view.has_base else 0)
    passes = f"{sign} {said}"
    if found.head is not None:
        missing = f", {humanize.plural(found.waiting, 'label')} missing" if found.waiting else ""
        errors = f", {humanize.plural(found.errors, 'error')} left out" if found.errors else ""
        passes = humanize.rate_with_interval(found.head) + missing + errors
    return CriterionRow(model, found, info, marks, sign, said, passes)


def criteria_table(view: ResultsView, hint: str) -> Callable[[int], str]:
    """The table, to be cut: with more rows than asked for the telling ones, and a line on the others."""
    rows = criteria_rows(view)
    several = len(view.models) > 1
    heads = ["criterion", *(["model"] if several else [])]
    heads += ["before", "after", "change (95%)", " "] if view.has_base else ["passes (95%)"]
    top = [_line(heads), _line(["---"] * len(heads))]
    blocking = {(gate.model, gate.criterion) for gate in view.results.gates if gate.blocks}

    def weight(index: int) -> tuple[bool, int]:
        found = rows[index].found
        return (rows[index].model, found.criterion) not in blocking, _WEIGHT.index(found.verdict)

    order = sorted(range(len(rows)), key=weight)  # the telling ones first

    @cache
    def line(index: int) -> str:
        return _line(_cells(view, rows[index], several=several))

    def cut(most: int) -> str:
        lines = [*top, *map(line, sorted(order[:most]))]
        if rest := [rows[index] for index in sorted(order[most:])]:
            tally = Counter(row.found.verdict for row in rest)
            what = ", ".join(f"{n} {verdict}" for verdict, n in tally.items()) if view.has_base else "not shown"
            said = f"The table is cut: {humanize.plural(len(rest), 'more row')} ({what}).{f' {hint}' if hint else ''}"
            lines += ["", said]
        return "\n".join(lines) if rows else ""

    return cut


def _cells(view: ResultsView, row: CriterionRow, *, several: bool) -> list[str]:
    found = row.found
    cells = [cell(found.criterion, 100) + row.marks, *([cell(row.model, 60)] if several else [])]
    if not view.has_base:
        return [*cells, inline(row.passes)]
    after = humanize.rate_words(found.head)
    after = f"**{after}**" if row.proven else after
    return [
        *cells,
        humanize.rate_words(found.base),
        after,
        humanize.change_words(found),
        f"{row.sign} {inline(row.said)}",
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
