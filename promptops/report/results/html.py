"""One HTML file that needs nothing else: the comment's table, and every case down to each score's reason.

What every case holds lies in a JSON block for the script, which makes text nodes of it and nothing else; of very many
cases, the first are in the page, and the others in scripts beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from promptops.model.results import Results
from promptops.report.html_page import render_page, safe_json
from promptops.report.results import summary
from promptops.report.results.cases.case_details import MOST, passes, reason
from promptops.report.results.cases.field_text import field_text
from promptops.report.results.criteria_table import criteria_rows
from promptops.report.results.edit import edit_words
from promptops.report.results.edit.edit_fold import MOST_SETTINGS, SAME
from promptops.report.results.edit.message_diffs import rendered_changes
from promptops.report.results.measure_words import measures
from promptops.report.results.next_steps import next_steps
from promptops.report.results.page.change_axis import ChangeAxis
from promptops.report.results.reply_remarks import cut_no_more, cut_replies, thinking, thought_tokens
from promptops.report.results.report_json import ReportData
from promptops.report.results.results_view import Changes, ResultsView, changes, is_unchanged, reply_text
from promptops.report.results.rule_words import rule_lines
from promptops.report.results.verdict import title
from promptops.report.results.verdict_sentences import verdict_sentences
from promptops.text import humanize

_SCRIPTS = (
    "dom", "filters", "parts", "address", "word_diff", "reply_view", "case_view", "case_list", "controls", "keys",
    "picture", "main",
)  # fmt: skip
"""The page's script, in this order."""
_KEYS = (
    ("j", "the next case"),
    ("k", "the case before"),
    ("o", "open or close the case"),
    ("d", "mark the words that changed, or not"),
    ("w", "only cases that got worse, or all"),
    ("/", "find a text"),
    ("?", "this list"),
    ("Esc", "leave the field, close the case"),
)
PAGE, FOLDER = "report.html", "report.cases"
CASES_A_FILE = 500


def html(results: Results) -> str:
    """The whole report as one page."""
    return next(iter(html_files(results, cases_a_file=max(CASES_A_FILE, len(results.cases)))))[1]


def html_files(results: Results, cases_a_file: int = CASES_A_FILE) -> Iterator[tuple[str, str]]:
    """The page and the scripts beside it that hold the cases beyond the first, as (path, content); one after another,
    for all together they may be larger than memory."""
    view = ResultsView(results)
    found = changes(view)
    if is_unchanged(results):
        yield PAGE, _page(view, found, {"marks": []}, loads=False)
        return
    data = ReportData(view, found)
    named = f"{results.suite_digest} {results.started} {results.command}"
    run = sha256(named.encode(errors="replace")).hexdigest()[:12]
    of = {"run": run, "folder": FOLDER, "part": cases_a_file, "cases": data.case_data(data.cases[:cases_a_file])}
    yield PAGE, _page(view, found, data.summary() | of, loads=len(data.cases) > cases_a_file)
    for start in range(cases_a_file, len(data.cases), cases_a_file):
        cases = safe_json(data.case_data(data.cases[start : start + cases_a_file]))
        yield f"{FOLDER}/{start // cases_a_file}.js", f'promptopsCases("{run}", {start}, {cases});\n'


def _page(view: ResultsView, found: Changes, data: dict[str, Any], *, loads: bool) -> str:
    results = view.results
    evaluated = not is_unchanged(results)
    rows = criteria_rows(view) if evaluated else []
    several = len(view.models) > 1
    changed = rendered_changes(view)
    return render_page(
        "results.html.j2",
        styles=("report.css", "cases.css"),
        scripts=tuple(f"cases/{name}.js" for name in _SCRIPTS),
        loads=loads,
        pictures=bool(results.pictures),
        title=title(results),
        eyebrow=_eyebrow(view),
        headline=summary.headline(view),
        sentences=verdict_sentences(view) if evaluated else [],
        next=next_steps(view, found, name_suite=True),
        results=results,
        evaluated=evaluated,
        compared=view.has_base,
        several=several,
        rows=rows,
        places={info.name: index for index, info in enumerate(results.criteria)},
        axis=ChangeAxis(rows),
        facts=list(_facts(view)) if evaluated else [],
        gates=rule_lines(view) if evaluated else [],
        remarks=list(_remarks(view, found.held_worse, found.held_better)) if evaluated else [],
        clearest=[("worse", one) for one in found.worse[:MOST]] + [("better", one) for one in found.better[:MOST]],
        changed=changed,
        others=sum(len(change.cases) for change in changed.changes[MOST:]),
        origin=_origin(view),
        data=data,
        keys=_KEYS,
        most=MOST,
        same=SAME,
        edit_words=edit_words,
        most_settings=MOST_SETTINGS,
        held=view.held,
        humanize=humanize,
        passes=passes,
        reason=reason,
        field_text=field_text,
        reply_text=reply_text,
        thought_tokens=thought_tokens,
    )


def _eyebrow(view: ResultsView) -> str:
    """The suite, the versions, when."""
    base, head = summary.version(view, "base"), summary.version(view, "head")
    versions = f"{base} → {head}" if view.has_base else head
    when = view.results.started[:16].replace("T", " ")
    return " · ".join(filter(None, (view.results.suite, versions, when)))


def _facts(view: ResultsView) -> Iterator[tuple[str, list[list[tuple[str, str]]]]]:
    """Each model with its lines, of labels and what is said: cost, latency and tokens."""
    for comparison in view.results.comparisons:
        told = [("Cost" if label == "cost" else label, said) for label, said in measures(view, comparison)]
        lines = [told] if told else []
        yield comparison.model, lines


def _remarks(view: ResultsView, held_worse: int, held_better: int) -> Iterator[str]:
    """What was not measured, errors, one-sided and held-out cases, footnotes and notes."""
    told = (*summary.reasons_in_full(view), *summary.errors(view), *cut_replies(view))
    yield from (f"{humanize.TROUBLE} {line}" for line in told)
    yield from (*cut_no_more(view), *thinking(view))
    yield from (f"{line}." for line in summary.one_sided(view))
    if held := summary.held_out(view, held_worse, held_better):
        yield held
    yield from (f"{humanize.superscript(number)} {note}" for note, number in summary.footnotes(view.results).items())
    if view.has_base and view.results.samples:
        yield summary.INTERVALS
    yield from (f"Note: {note}" for note in view.results.notes)


def _origin(view: ResultsView) -> str:
    results = view.results
    parts = [
        summary.size(view),
        f"model{'s' * (len(view.models) > 1)} {summary.models(results)}",
        summary.spent(results),
        humanize.duration(results.duration) if results.duration else "",
        f"promptops {results.version}" if results.version else "",
    ]
    return " · ".join(filter(None, parts))
