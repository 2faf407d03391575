"""The parts of the page that need no script: the table with drawn intervals, the clearest cases, the text's changes."""

from __future__ import annotations

from html import escape

from promptops.model.results import CriterionComparison
from promptops.report.results import summary
from promptops.report.results.criteria_table import Row, few_cases, first_run_words, table_rows
from promptops.report.results.details import MOST, SAME, passes, reason
from promptops.report.results.message_diffs import RenderedChange, rendered_changes
from promptops.report.results.results_view import CaseChange, Changes, Lookup, Shift, field_text, reply_text
from promptops.text import humanize
from promptops.text.sanitize import cap, visible

_WIDTH, _HEIGHT = 150, 14


def _text(value: str, limit: int = 1000) -> str:
    return escape(visible(cap(value, limit)))


def table_html(look: Lookup) -> str:
    """Criterion, before, after, change drawn and told, verdict; names lead to their cases."""
    rows = table_rows(look)
    if not rows:
        return ""
    several = len(look.models) > 1
    model = "<th>model</th>" if several else ""
    heads = (
        '<th class="num">before</th><th class="num">after</th><th>change (95%)</th><th></th>'
        if look.has_base
        else "<th>passes (95%)</th>"
    )
    bounds = [abs(b) for row in rows for b in (row.found.low, row.found.high, row.found.change) if b is not None]
    scale = min(max([0.1, *bounds]), 1.0)
    body = "".join(_row(look, row, scale, several=several) for row in rows)
    return (
        f'<div class="scroll"><table class="criteria"><thead><tr><th>criterion</th>{model}{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(look: Lookup, row: Row, scale: float, *, several: bool) -> str:
    found = row.found
    info = look.info(found.criterion)
    notes = summary.footnotes(look.results)
    note = summary.footnote(info.certificate, info.advisory_reason, advisory=info.advisory)
    mark = f" {humanize.superscript(notes[note])}" if note in notes else ""
    place = next((i for i, c in enumerate(look.results.criteria) if c.name == found.criterion), -1)
    title = f' title="{_text(info.question)}"' if info.question else ""
    link = f'<a href="#cases" data-criterion="{place}"{title}>{_text(found.criterion, 100)}</a>'
    name = link + mark + few_cases(look, found)
    cells = f'<td class="name" dir="auto">{name}</td>' + (f"<td>{_text(row.model, 80)}</td>" if several else "")
    if not look.has_base:
        return f"<tr>{cells}<td>{_text(first_run_words(look, found))}</td></tr>"
    sign, said = humanize.verdict(found, info, look.tested(advisory=info.advisory))
    style = found.verdict if found.verdict in ("better", "worse") else ""
    cells += f'<td class="num">{_text(humanize.rate_words(found.base))}</td>'
    cells += f'<td class="num">{_text(humanize.rate_words(found.head))}</td>'
    cells += f'<td class="change">{_text(humanize.change_words(found))}{interval(found, scale)}</td>'
    return f'<tr class="{style}">{cells}<td class="said">{sign} {_text(said)}</td></tr>'


def interval(found: CriterionComparison, scale: float) -> str:
    """The change and its interval around zero, drawn to the table's common scale."""
    if found.change is None or found.low is None or found.high is None:
        return ""

    def x(value: float) -> str:
        return f"{_WIDTH / 2 + min(max(value / scale, -1), 1) * (_WIDTH / 2 - 6):.1f}"

    middle = _HEIGHT / 2
    return (
        f'<svg class="interval" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true">'
        f'<line class="zero" x1="{_WIDTH / 2}" x2="{_WIDTH / 2}" y1="0" y2="{_HEIGHT}"/>'
        f'<line class="bar" x1="{x(found.low)}" x2="{x(found.high)}" y1="{middle}" y2="{middle}"/>'
        f'<circle cx="{x(found.change)}" cy="{middle}" r="4"/></svg>'
    )


def cases_html(look: Lookup, found: Changes) -> str:
    """The clearest cases, for readers without script; the script puts all of them in their place."""
    return "".join(
        _case(look, change, what)
        for cases, what in ((found.worse, "worse"), (found.better, "better"))
        for change in cases[:MOST]
    )


def _case(look: Lookup, change: CaseChange, what: str) -> str:
    model = f" · {_text(change.model, 80)}" if len(look.models) > 1 else ""
    chips = "".join(
        f'<span class="chip {what}">{_text(s.criterion, 100)}{model} {_moved(s)}</span>' for s in change.shifts
    )
    reasons = "".join(
        f"<p>{_text(s.criterion, 100)} – {_text(why, 500)}</p>" for s in change.shifts if (why := reason(s))
    )
    fields = "".join(
        f'<dt>{_text(name, 100)}</dt><dd dir="auto">{_text(field_text(value), 4000)}</dd>'
        for name, value in change.case.fields.items()
    )
    replies = "".join(
        f'<div><p class="caption">{when}</p><pre class="reply" dir="auto">{_text(reply_text(sample), 8000)}</pre></div>'
        for when, sample in (("before", change.base), ("after", change.head))
    )
    return (
        f'<details class="case"><summary><b dir="auto">{_text(change.case.id, 100)}</b>{chips}</summary>'
        f'<div class="body">{reasons}<div class="pair">{replies}</div><h3>the case</h3>'
        f"<dl>{fields}</dl></div></details>"
    )


def _moved(shift: Shift) -> str:
    return _text(f"{passes(shift.before)} → {passes(shift.after)}")


def changes_html(look: Lookup) -> str:
    """What changed in the text the model receives."""
    found = rendered_changes(look)
    if not found.compared:
        return ""
    title = "<h2>What changed in the text the model receives</h2>"
    if not found.changes:
        return f"<section>{title}<p>{SAME}</p></section>"
    parts = "".join(_change(change, found.compared) for change in found.changes[:MOST])
    rest = sum(len(change.cases) for change in found.changes[MOST:])
    more = (
        f"<p>{humanize.plural(rest, 'other case')} changed in ways of their own: open them above.</p>" if rest else ""
    )
    return f"<section>{title}{parts}{more}</section>"


def _change(change: RenderedChange, compared: int) -> str:
    count = f"{len(change.cases)} of {humanize.plural(compared, 'case')}"
    if not change.case:
        return f"<p>{count}, all held out and not shown</p>"
    kinds = {"+": "add", "-": "del", "@": "at"}
    lines = "".join(f'<span class="{kinds.get(line[:1], "")}">{_text(line, 2000)}</span>' for line in change.diff[:400])
    cut = f"<p>… {len(change.diff) - 400} more lines</p>" if len(change.diff) > 400 else ""
    shown = f"<p>{count}, shown for <code>{_text(change.case, 100)}</code></p>"
    return f'{shown}<pre class="diff" dir="auto">{lines}</pre>{cut}'
