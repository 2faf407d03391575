"""The results in a terminal: the comment's order and words, compact, inert."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from promptops.model.results import Results
from promptops.report.results import summary
from promptops.report.results.cases.case_details import MOST, passes
from promptops.report.results.criteria_table import criteria_rows
from promptops.report.results.edit.message_diffs import rendered_changes
from promptops.report.results.measure_words import measures
from promptops.report.results.reply_remarks import cut_no_more, cut_replies, thinking
from promptops.report.results.results_view import CaseChange, ResultsView, changes, is_unchanged, not_passing
from promptops.report.results.rule_words import rule_lines
from promptops.report.results.verdict_sentences import verdict_sentences
from promptops.text import humanize
from promptops.text.sanitize import log_line

if TYPE_CHECKING:
    from rich.table import Table

WIDTH = 110
_COLOURS = {"better": "green", "worse": "red"}


def render_text(results: Results, *, width: int = WIDTH, color: bool = False) -> str:
    """The run as text of `width` columns, with colours if wanted."""
    from rich.console import Console
    from rich.text import Text

    view = ResultsView(results)
    console = Console(
        file=StringIO(),
        width=max(40, width),
        force_terminal=color,
        no_color=not color,
        _environ={},
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(Text(log_line(summary.headline(view), 400), "bold"))
    if not is_unchanged(results):
        console.print(Text(log_line(" ".join(verdict_sentences(view)), 1_000)))
    for reason in summary.reasons_in_full(view):
        console.print(Text(f"{humanize.TROUBLE} {log_line(reason, summary.ERROR_LINE)}", "red"))
    if is_unchanged(results) or not results.samples:
        return _output(console.file)
    if results.comparisons:
        console.print()
        console.print(_table(view))
    for line in _lines(view):
        console.print(Text(line))
    return _output(console.file)


def _output(file: object) -> str:
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().split("\n"))


def _table(view: ResultsView) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    several = len(view.models) > 1
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("criterion", min_width=12)
    if several:
        table.add_column("model")
    if view.has_base:
        for name in ("before", "after"):
            table.add_column(name, justify="right")
        table.add_column("change (95%)")
        table.add_column("", width=2, no_wrap=True)
        table.add_column("what it means", ratio=1, overflow="fold")
    else:
        table.add_column("passes (95%)")
    for row in criteria_rows(view):
        found = row.found
        cells = [Text(log_line(found.criterion, 80) + row.marks)]
        if several:
            cells.append(Text(log_line(row.model, 40)))
        if view.has_base:
            style = _COLOURS.get(found.verdict, "")
            cells += [
                Text(humanize.rate_words(found.base)),
                Text(humanize.rate_words(found.head), style),
                Text(humanize.change_words(found)),
                Text(row.sign),
                Text(row.said, style),
            ]
        else:
            cells.append(Text(row.passes))
        table.add_row(*cells)
    return table


def _lines(view: ResultsView) -> list[str]:
    """Everything below the table, a line each; empty lines between groups."""
    found = changes(view)
    rules = [f"  {log_line(what, 160)} {log_line(answer, 240)}" for what, answer in rule_lines(view)]
    groups = [
        _measures(view),
        ["rules:", *rules] if rules else [],
        _cases(view, found.worse, found.better),
        _not_passing(view),
        _apart(view),
    ]
    held = summary.held_out(view, found.held_worse, found.held_better)
    groups.append([*filter(None, [held]), *_small_print(view), _origin(view)])
    return [line for group in groups if group for line in ("", *group)]


def _measures(view: ResultsView) -> list[str]:
    lines: list[str] = []
    for comparison in view.results.comparisons:
        name = f"{log_line(comparison.model, 40)}: " if len(view.models) > 1 else ""
        told = " · ".join(f"{label} {text}" for label, text in measures(view, comparison))
        lines += [name + told] if told else []
    return lines


def _cases(view: ResultsView, worse: tuple[CaseChange, ...], better: tuple[CaseChange, ...]) -> list[str]:
    lines: list[str] = []
    for cases, what in ((worse, "worse"), (better, "better")):
        if cases:
            clearest = f", the clearest {MOST}" if len(cases) > MOST else ""
            lines.append(f"{humanize.plural(len(cases), 'case')} got {what}{clearest}:")
            lines += [f"  {_case(view, change)}" for change in cases[:MOST]]
    return lines


def _case(view: ResultsView, change: CaseChange) -> str:
    model = f" ({log_line(change.model, 40)})" if len(view.models) > 1 else ""
    shifts = []
    for shift in change.shifts:
        reason = shift.reason_after or shift.reason_before
        why = f" ({log_line(reason, 100)})" if reason else ""
        shifts.append(f"{log_line(shift.criterion, 60)} {passes(shift.before)} → {passes(shift.after)}{why}")
    return f"{log_line(change.case.id, 60)}{model}: {humanize.listed(shifts, 3)}"


def _not_passing(view: ResultsView) -> list[str]:
    told = [
        f"  {log_line(name, 60)}: {humanize.listed([log_line(case, 60) for case in cases], MOST)}"
        for name, cases in not_passing(view).items()
    ]
    return ["not passing:", *told] if told else []


def _apart(view: ResultsView) -> list[str]:
    found = rendered_changes(view)
    share = f"{found.changed} of {humanize.plural(found.compared, 'case')}"
    changed = [f"the text the model receives changed in {share}"] if found.compared else []
    return summary.one_sided(view) + changed


def _small_print(view: ResultsView) -> list[str]:
    troubles = (*summary.errors(view), *(cut_replies(view) if len(view.models) > 1 else ()))
    lines = [f"{humanize.TROUBLE} {log_line(line, summary.ERROR_LINE)}" for line in troubles]
    lines += [log_line(line, 200) for line in (*cut_no_more(view), *thinking(view))]
    notes = summary.footnotes(view.results).items()
    lines += [f"{humanize.superscript(number)} {log_line(note, 200)}" for note, number in notes]
    lines += [summary.INTERVALS] if view.has_base else []
    return [*lines, *(f"Note: {log_line(note, 400)}" for note in view.results.notes)]


def _origin(view: ResultsView) -> str:
    base, head = log_line(summary.version(view, "base"), 60), log_line(summary.version(view, "head"), 60)
    versions = f"base {base} → head {head}" if view.has_base else f"version {head}"
    models = log_line(summary.models(view.results), 200)
    return " · ".join(filter(None, [versions, summary.size(view), models, summary.spent(view.results)]))
