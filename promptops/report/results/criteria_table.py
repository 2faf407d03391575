"""The table of criteria: its rows in words for every form, and itself in markdown, which can be cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from promptops.model.results import CriterionComparison, CriterionInfo
from promptops.report.results import summary
from promptops.report.results.criterion_words import fails_throughout, verdict_words, waiting_words
from promptops.report.results.results_view import ResultsView
from promptops.text import humanize
from promptops.text.sanitize import cell, inline
from promptops.text.truncate import Block, Fold, Part

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
_SETTLED = ("no worse", "unchanged")
_MOST_INTERVALS = 150


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion with one model. `marks` follow its name: a footnote's number, and how few cases it rests on.

    `sign` and `said` are what a change means; `passes` is what a run without a base says instead. `matters`: it moved,
    fails, or cannot be told; the others may be folded away.
    """

    model: str
    found: CriterionComparison
    info: CriterionInfo
    marks: str
    sign: str
    said: str
    passes: str
    matters: bool

    @property
    def proven(self) -> str:
        """`better` or `worse` where that is shown, else empty."""
        return self.found.verdict if self.found.verdict in ("better", "worse") else ""

    @property
    def meaning(self) -> str:
        """`✅ better`, `no drop of 10 points or more`."""
        return f"{self.sign} {self.said}".strip()


def criteria_rows(view: ResultsView) -> list[CriterionRow]:
    """Criteria in the suite's order, the models of each one together."""
    place = {info.name: index for index, info in enumerate(view.results.criteria)}
    notes = summary.footnotes(view.results)
    held = {(gate.model, gate.criterion) for gate in view.results.gates if gate.status in ("failed", "undecided")}
    rows = [
        _row(view, comparison.model, found, notes, held)
        for comparison in view.results.comparisons
        for found in comparison.criteria
    ]
    return sorted(rows, key=lambda row: place.get(row.found.criterion, len(place)))


def _row(
    view: ResultsView, model: str, found: CriterionComparison, notes: dict[str, int], open_rules: set[tuple[str, str]]
) -> CriterionRow:
    info = view.info(found.criterion)
    note = summary.footnote(info)
    marks = f" {humanize.superscript(notes[note])}" if note in notes else ""
    if view.has_base and 0 < found.paired < view.most_paired / 2:
        marks += f" ({humanize.plural(found.paired, 'case')})"
    sign, said = verdict_words(found, info)
    matters = (model, found.criterion) in open_rules or not view.has_base or _matters(found)
    return CriterionRow(model, found, info, marks, sign, said, _passes(found, f"{sign} {said}"), matters)


def _passes(found: CriterionComparison, otherwise: str) -> str:
    if found.head is None:
        return otherwise
    missing = f", {waiting_words(found.waiting)}" if found.waiting else ""
    errors = f", {humanize.plural(found.errors, 'error')} left out" if found.errors else ""
    return humanize.rate_with_interval(found.head) + missing + errors


def _matters(found: CriterionComparison) -> bool:
    if found.verdict not in _SETTLED or fails_throughout(found):
        return True
    return found.base is not None and found.head is not None and found.base.rate != found.head.rate


def criteria_table(view: ResultsView, hint: str) -> Callable[[int], str]:
    """The rows that moved, fail or cannot be told, to be cut: of more than asked for the telling ones, and a line on
    the others."""
    rows = [row for row in criteria_rows(view) if row.matters]
    several = len(view.models) > 1
    heads = ["criterion", *(["model"] if several else [])]
    heads += ["before", "after", "what it means"] if view.has_base else ["passes"]
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
            tally = Counter(_IN_SHORT[row.found.verdict] for row in rest)
            what = ", ".join(f"{n} {said}" for said, n in tally.items()) if view.has_base else "not shown"
            said = f"The table is cut: {humanize.plural(len(rest), 'more row')} ({what}).{f' {hint}' if hint else ''}"
            lines += ["", said]
        return "\n".join(lines) if rows else ""

    return cut


_IN_SHORT = {
    "worse": "worse",
    "better": "better",
    "probably worse": "looking worse",
    "probably better": "looking better",
    "not measured": "not measured",
    "cannot tell": "with too few cases",
    "unchanged": "unchanged",
    "no worse": "without a drop",
}


def intervals_fold(view: ResultsView) -> Part:
    """What the table leaves out: the rows that say nothing new, and every change with its interval."""
    rows = criteria_rows(view)
    if not rows:
        return ""
    several = len(view.models) > 1
    heads = ["criterion", *(["model"] if several else [])]
    heads += (
        ["before", "after", "change (95% interval)", "what it means"] if view.has_base else ["passes (95% interval)"]
    )
    lines = [_line(heads), _line(["---"] * len(heads))]
    for row in rows[:_MOST_INTERVALS]:
        figures = (humanize.rate_words(row.found.base), humanize.rate_words(row.found.head))
        told = (
            [*figures, humanize.change_words(row.found), inline(row.meaning)] if view.has_base else [inline(row.passes)]
        )
        lines.append(_line([*_name_cells(row, several=several), *told]))
    if len(rows) > _MOST_INTERVALS:
        lines += ["", f"and {humanize.plural(len(rows) - _MOST_INTERVALS, 'more row')}"]
    still = sum(not row.matters for row in rows)
    what = "changes with their intervals" if view.has_base else "rates with their intervals"
    left_out = (
        f"{still} more unchanged"
        if still < len(rows)
        else f"{humanize.plural(still, 'criterion', 'criteria')} unchanged"
    )
    return Fold(
        f"{left_out}; all {what}" if still else f"All {what}", (Block(0, "table", "\n".join(lines)),), view.plain
    )


def _name_cells(row: CriterionRow, *, several: bool) -> list[str]:
    return [cell(row.found.criterion, 100) + row.marks, *([cell(row.model, 60)] if several else [])]


def _cells(view: ResultsView, row: CriterionRow, *, several: bool) -> list[str]:
    found, cells = row.found, _name_cells(row, several=several)
    if not view.has_base:
        of = f" of {humanize.cases_words(found.head.n, found.head.groups)}" if found.head is not None else ""
        return [*cells, f"{humanize.rate_words(found.head)}{of}" if of else inline(row.meaning)]
    after = humanize.rate_words(found.head)
    after = f"**{after}**" if row.proven else after
    return [*cells, humanize.rate_words(found.base), after, inline(row.meaning)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
