"""The table of criteria in markdown, cut with a word when there are too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from promptops.model.results import CriterionComparison
from promptops.report.results import summary
from promptops.report.results.results_view import Lookup
from promptops.text import humanize
from promptops.text.sanitize import cell

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
class Row:
    """One criterion with one model."""

    model: str
    found: CriterionComparison


def table_rows(look: Lookup) -> list[Row]:
    """Criteria in the suite's order, the models of each one together."""
    place = {info.name: index for index, info in enumerate(look.results.criteria)}
    rows = [Row(comparison.model, found) for comparison in look.results.comparisons for found in comparison.criteria]
    return sorted(rows, key=lambda row: place.get(row.found.criterion, len(place)))


def criteria_table(look: Lookup, notes: dict[str, int], hint: str) -> Callable[[int], str]:
    """The table, to be cut: with more rows than asked for the telling ones, and a line on the others."""
    rows = table_rows(look)
    several = len(look.models) > 1
    heads = ["criterion", *(["model"] if several else [])]
    heads += ["before", "after", "change (95%)", " "] if look.has_base else ["passes (95%)"]
    top = [_line(heads), _line(["---"] * len(heads))]
    order = _telling_first(look, rows)

    @cache
    def line(index: int) -> str:
        return _line(_cells(look, rows[index], notes, several=several))

    def cut(most: int) -> str:
        lines = [*top, *map(line, sorted(order[:most]))]
        if rest := [rows[index] for index in sorted(order[most:])]:
            tally = Counter(row.found.verdict for row in rest)
            what = ", ".join(f"{n} {verdict}" for verdict, n in tally.items()) if look.has_base else "not shown"
            said = f"The table is cut: {humanize.plural(len(rest), 'more row')} ({what}).{f' {hint}' if hint else ''}"
            lines += ["", said]
        return "\n".join(lines) if rows else ""

    return cut


def _telling_first(look: Lookup, rows: Sequence[Row]) -> list[int]:
    blocking = {(gate.model, gate.criterion) for gate in look.results.gates if gate.blocks}

    def weight(index: int) -> tuple[bool, int, int]:
        row = rows[index]
        return (row.model, row.found.criterion) not in blocking, _WEIGHT.index(row.found.verdict), index

    return sorted(range(len(rows)), key=weight)


def _cells(look: Lookup, row: Row, notes: dict[str, int], *, several: bool) -> list[str]:
    found = row.found
    info = look.info(found.criterion)
    note = summary.footnote(info.certificate, info.advisory_reason, advisory=info.advisory)
    name = cell(found.criterion, 100)
    if note in notes:
        name += " " + humanize.superscript(notes[note])
    name += few_cases(look, found)
    cells = [name, *([cell(row.model, 60)] if several else [])]
    if not look.has_base:
        return [*cells, first_run_words(look, found)]
    mark, said = humanize.verdict(found, info, look.tested(advisory=info.advisory))
    after = humanize.rate_words(found.head)
    proven = found.verdict in ("better", "worse")
    after = f"**{after}**" if proven else after
    return [*cells, humanize.rate_words(found.base), after, humanize.change_words(found), f"{mark} {said}"]


def few_cases(look: Lookup, found: CriterionComparison) -> str:
    """` (6 cases)` where a comparison rests on fewer cases than the others."""
    few = look.has_base and 0 < found.paired < look.most_paired / 2
    return f" ({humanize.plural(found.paired, 'case')})" if few else ""


def first_run_words(look: Lookup, found: CriterionComparison) -> str:
    """A rate with its interval, or what is missing."""
    if found.head is None:
        mark, said = humanize.verdict(found, look.info(found.criterion), 0)
        return f"{mark} {said}"
    missing = f", {humanize.plural(found.waiting, 'label')} missing" if found.waiting else ""
    errors = f", {humanize.plural(found.errors, 'error')} left out" if found.errors else ""
    return humanize.rate_with_interval(found.head) + missing + errors


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
