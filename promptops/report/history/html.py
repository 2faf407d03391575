"""The versions of a prompt as one page that needs nothing else and runs no script."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterator
from hashlib import sha256
from string import Template

from promptops.model.outcomes.history import CriterionRate, History, PromptVersion, Scorecard
from promptops.report.diff.view import view
from promptops.report.history.chart import chart
from promptops.report.history.json import iso
from promptops.report.history.view import Shown, change_words, of_another, served, shown, title
from promptops.report.pins.text import ago
from promptops.report.results.html import asset, text
from promptops.text import humanize

_MOST_LINES, _MOST_CHANGES, _MOST_CARDS = 400, 5, 20
_KINDS = {"+": "add", "-": "del", "@": "at"}


def history_html(history: History, now: float) -> str:
    """The whole page: a chart of the rates with their intervals, then each version. `now`: seconds since 1970."""
    css = asset("report.css") + asset("history.css")
    allowed = b64encode(sha256(css.encode()).digest()).decode()
    found = shown(history)
    count = humanize.plural(len(history.versions), "version")
    main = Template(asset("history.html")).substitute(
        chart=chart(history, found) if found is not None else "<p>No version of it was evaluated yet.</p>",
        legend=_legend(found),
        versions="".join(_version(history, row, now) for row in history.versions),
        notes="".join(f'<p class="note">Note: {text(note)}</p>' for note in history.notes),
    )
    return Template(asset("page.html")).substitute(
        csp=f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'",
        title=text(f"{history.prompt}: history · promptops", 200),
        css=css,
        eyebrow=text(f"{history.prompt} · {count}{' and older ones' * history.older} · as of {history.revision}", 300),
        headline=text(history.title, 300),
        stopped="",
        main=main,
        end="",
    )


def _legend(found: Shown | None) -> str:
    if found is None:
        return ""
    of = f" ({found.of})" if found.of else ""
    told = [
        f"Suite {found.suite}{of}, model {found.model}; the oldest version stands on the left. Bars are 95% intervals."
    ]
    if found.has_foreign:
        told.append("Hollow points were measured with other cases or criteria, so they do not compare with the rest.")
    if found.others:
        told.append(f"Also evaluated: {', '.join(found.others)}.")
    return f'<p class="note">{text(" ".join(told))}</p>'


def _version(history: History, row: PromptVersion, now: float) -> str:
    where = f'<span class="chip">{text(served(row), 200)}</span>' if row.served else ""
    facts = f"{row.about.author}, {ago(now - row.about.when)} ({iso(row.about.when)[:10]}) · {row.path}"
    said = change_words(row, history.prompt)
    oldest = "the oldest version here"
    told = said if row.diff is not None else f"{oldest} {said}" if said else oldest
    return (
        f'<details class="case"><summary><b>{text(row.commit[:7], 7)}</b>'
        f'<span dir="auto">{text(title(row), 200)}</span> {where}</summary>'
        f'<div class="body"><p class="caption" dir="auto">{text(facts, 500)}</p>'
        f"<p>{text(told, 600)}</p>{''.join(_changes(row))}{_cards(row, history.names())}</div></details>"
    )


def _changes(row: PromptVersion) -> Iterator[str]:
    if row.diff is None:
        return
    one = view(row.diff)
    shown_changes = [change for change in one.changes.changes if change.case]
    for change in shown_changes[:_MOST_CHANGES]:
        yield f'<p class="caption">shown for <code>{text(change.case, 100)}</code></p>{_diff(change.diff)}'
    if not shown_changes and one.written:
        yield f'<p class="caption">the text as it is written</p>{_diff(one.written)}'


def _diff(lines: tuple[str, ...]) -> str:
    kept = "".join(
        f'<span class="{_KINDS.get(line[:1], "")}">{text(line, 2000)}</span>' for line in lines[:_MOST_LINES]
    )
    more = f"<p>… {len(lines) - _MOST_LINES} more lines</p>" if len(lines) > _MOST_LINES else ""
    return f'<pre class="diff" dir="auto">{kept}</pre>{more}'


def _cards(row: PromptVersion, names: Collection[str]) -> str:
    lines = "".join(
        _line(card, one, of_another(card, names)) for card in row.scorecards[:_MOST_CARDS] for one in card.criteria
    )
    if not lines:
        return '<p class="caption">not evaluated</p>'
    heads = "<th>criterion</th><th>passes (95%)</th><th>suite, model</th><th>when</th>"
    return f'<div class="scroll"><table class="cards"><tr>{heads}</tr>{lines}</table></div>'


def _line(card: Scorecard, one: CriterionRate, of: str) -> str:
    cases = humanize.plural(one.n, "case")
    interval, of = "too few for an interval", f" ({of})" if of else ""
    if one.low is not None and one.high is not None:
        interval = f"{humanize.percent(one.low)} … {humanize.percent(one.high)}"
    return (
        f'<tr><td dir="auto">{text(one.name, 100)}</td>'
        f"<td>{text(f'{humanize.percent(one.rate)} ({interval}) of {cases}', 200)}</td>"
        f"<td>{text(f'{card.suite}, {card.model}{of}', 300)}</td>"
        f"<td>{text(card.when[:16].replace('T', ' '), 20)}</td></tr>"
    )
