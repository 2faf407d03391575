"""One HTML file that needs nothing else: the comment's table, and every case down to each score's reason.

What others wrote is escaped where it stands in the page, and lies in a JSON block (without `<`) for the script, which
makes text nodes of it and nothing else. The content security policy allows exactly our one script and style, by their
hashes, and no request.
"""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from promptops.model.results import Results
from promptops.report.results import summary
from promptops.report.results.html_parts import cases_html, changes_html, table_html
from promptops.report.results.report_json import page_data
from promptops.report.results.results_view import Lookup, changes, is_unchanged
from promptops.text import humanize
from promptops.text.sanitize import cap, visible


def html(results: Results) -> str:
    """The whole report as one page."""
    look = Lookup(results)
    found = changes(look)
    css, js = asset("report.css"), asset("report.js")
    unchanged = is_unchanged(results)
    main = Template(asset("report.html")).substitute(
        table="" if unchanged else table_html(look),
        measures="" if unchanged else _measures(look),
        gates="" if unchanged else _gates(look),
        remarks="" if unchanged else _remarks(look, found.held_worse, found.held_better),
        section="" if unchanged else Template(asset("cases.html")).substitute(cases=cases_html(look, found)),
        changes="" if unchanged else changes_html(look),
    )
    data = _embedded({"cases": []} if unchanged else page_data(look, found))
    return Template(asset("page.html")).substitute(
        csp=_policy(css, js),
        title=text(f"{summary.title(results)} · promptops"),
        css=css,
        eyebrow=text(_eyebrow(look)),
        headline=text(summary.headline(look)),
        stopped=_stopped(results),
        main=main,
        end=f'<footer>{_footer(look)}</footer>\n<script type="application/json" id="data">{data}</script>\n'
        f"<script>{js}</script>",
    )


def text(value: str, limit: int = 1000) -> str:
    """Escaped, visible text."""
    return escape(visible(cap(value, limit)))


@cache
def asset(name: str) -> str:
    """A file of `assets/`."""
    return (files("promptops.report") / "assets" / name).read_text("utf-8")


def _policy(css: str, js: str) -> str:
    """Our style, our script, nothing else."""
    allowed = f"style-src '{_hash(css)}'; script-src '{_hash(js)}'"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _hash(content: str) -> str:
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"


def _embedded(data: object) -> str:
    """JSON in which nothing can end the script element."""
    found = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return found.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _eyebrow(look: Lookup) -> str:
    """The suite, the versions, when."""
    base, head = summary.version(look, "base"), summary.version(look, "head")
    versions = f"{base} → {head}" if look.has_base else head
    when = look.results.started[:16].replace("T", " ")
    return " · ".join(part for part in (look.results.suite, versions, when) if part)


def _stopped(results: Results) -> str:
    if not results.stopped:
        return ""
    return f'<p class="worse"><strong>The run stopped:</strong> {text(results.stopped)}</p>'


def _measures(look: Lookup) -> str:
    lines: list[str] = []
    for comparison in look.results.comparisons:
        name = f"<b>{text(comparison.model, 80)}:</b> " if len(look.models) > 1 else ""
        told = " · ".join(f"<b>{text(label)}</b> {text(said)}" for label, said in summary.measures(comparison))
        if told:
            lines.append(f"<p>{name}{told.replace('<b>cost', '<b>Cost', 1)}</p>")
        if look.has_base and comparison.overall != "unchanged":
            overall, why = summary.verdict(look, comparison)
            lines.append(f"<p>{name}<b>Verdict: {text(overall)}.</b> {text(why)}{'.' if why else ''}</p>")
    return f'<section class="facts">{"".join(lines)}</section>' if lines else ""


def _gates(look: Lookup) -> str:
    gates = look.results.gates
    if not gates:
        return ""
    told = [summary.gate(gate, several_models=len(look.models) > 1) for gate in gates]
    items = "".join(f'<li dir="auto">{text(what, 200)} {text(answer, 300)}</li>' for what, answer in told)
    return f'<section><h2>Gates</h2><ul class="plain">{items}</ul></section>'


def _remarks(look: Lookup, held_worse: int, held_better: int) -> str:
    """Errors, held-out and one-sided cases, footnotes and notes."""
    lines = [f"{humanize.TROUBLE} {line}" for line in summary.errors(look)]
    base_only, head_only = look.one_sided()
    for cases, which in ((base_only, "old"), (head_only, "new")):
        if cases:
            lines.append(f"{humanize.plural(len(cases), 'case')} only for the {which} version, not compared.")
    lines += [line for line in (summary.held_out(look, held_worse, held_better),) if line]
    lines += [f"{humanize.superscript(number)} {note}" for note, number in summary.footnotes(look.results).items()]
    lines += [summary.UNADJUSTED] if look.has_base and look.results.samples else []
    lines += [f"Note: {note}" for note in look.results.notes]
    items = "".join(f'<li dir="auto">{text(line)}</li>' for line in lines)
    return f'<section class="note"><ul class="plain">{items}</ul></section>' if items else ""


def _footer(look: Lookup) -> str:
    results = look.results
    parts = [
        summary.size(look),
        f"model{'s' * (len(look.models) > 1)} {summary.models(results)}",
        summary.spent(results),
        f"{humanize.seconds(results.duration)}" if results.duration else "",
        f"promptops {results.version}" if results.version else "",
    ]
    command = f"<p><code>{text(results.command)}</code></p>" if results.command else ""
    return f"<p>{text(' · '.join(part for part in parts if part))}</p>{command}"
