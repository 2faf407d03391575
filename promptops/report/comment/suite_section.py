"""One suite's part of the comment, in the order in which people decide: verdict, what it rests on, the rest folded.

It can be cut to a number of rows and left without what is folded away, so that it fits beside others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from promptops.report.comment.how_to_read import how_to_read
from promptops.report.comment.page_link import NO_LINKS, PageLinks
from promptops.report.results import summary
from promptops.report.results.cases.case_details import case_parts
from promptops.report.results.cases.waiting_replies import waiting_fold
from promptops.report.results.criteria_table import criteria_table, intervals_fold
from promptops.report.results.edit.edit_fold import Tellers, text_fold
from promptops.report.results.measure_words import measures
from promptops.report.results.mermaid_chart import chart
from promptops.report.results.next_steps import next_steps
from promptops.report.results.reply_remarks import cut_no_more, cut_replies, thinking
from promptops.report.results.results_view import Changes, ResultsView, changes, not_passing
from promptops.report.results.rule_words import rule_lines
from promptops.report.results.verdict import run_verdict
from promptops.report.results.verdict_sentences import MARKDOWN, verdict_sentences
from promptops.text import humanize
from promptops.text.sanitize import code, inline
from promptops.text.truncate import Block, Fold, Part, Section, fit_sections, least_length

_ROWS = (400, 120, 60, 30, 15, 8, 4, 2)
_CHART_RANK = 8
_MOST_RULES = 40
_RULE_ORDER = ("failed", "undecided", "not measured", "passed", "advisory")
Cut = Callable[[int], str]
"""A text with so many rows of its table. What stands in it is rendered once, however often it is cut."""


class PageContext(NamedTuple):
    """What a suite's part has to know of the page: where the whole report is (`hint`, in markdown), where it leads,
    which suite tells an edit that several have, and whether there are `several`."""

    hint: str
    links: PageLinks
    tellers: Tellers
    several: bool


class SuiteSection:
    """A suite's part; `titled`: it begins with its own heading."""

    def __init__(self, view: ResultsView, page: PageContext, *, titled: bool = True) -> None:
        self._view, self._page, self._found = view, page, changes(view)
        lead = first_lines(view, page.links) if titled else lead_sentences(view)
        steps = _steps(view, self._found, page)
        self._head = (_whole(lead), _reasons(view), _whole(steps), criteria_table(view, page.hint))
        apart = _apart(view, self._found.held_worse, self._found.held_better)
        self._middle = (_rules(view), _not_passing(view), _whole(apart), _remarks(view))
        self._end = (_whole(_small_print(view)),)

    def fit(self, room: int) -> str:
        """As much of it as there is room for; empty where not even the least fits."""
        for rows in _ROWS:
            texts = Section(tuple(cut(rows) for cut in (*self._head, *self._middle, *self._end)))
            if least_length([texts]) > room:
                continue  # what is folded away need not be rendered to know that it does not fit
            section = self._section(rows)
            if least_length([section]) <= room:
                return fit_sections([section], room, self._page.hint)
        return ""

    def _section(self, rows: int) -> Section:
        head, middle, end = ([cut(rows) for cut in cuts] for cuts in (self._head, self._middle, self._end))
        intervals, explained = self._folds
        return Section((*head, intervals, *middle, self._chart, *self._details, explained, *end))

    @cached_property
    def _folds(self) -> tuple[Part, Part]:
        return intervals_fold(self._view), how_to_read(self._view)

    @cached_property
    def _chart(self) -> Part:
        view = self._view  # two versions of one model are told by the table; a quotation has no marks in a chart
        drawn = chart(view) if len(view.models) > 1 and not view.foreign and not view.plain else ""
        return Fold("", (Block(_CHART_RANK, "chart", drawn),)) if drawn else ""

    @cached_property
    def _details(self) -> tuple[Part, ...]:
        view, found = self._view, self._found
        told = case_parts(view, found, name_suite=self._page.several)
        return *told, text_fold(view, self._page.tellers), waiting_fold(view, name_suite=self._page.several)


def first_lines(view: ResultsView, links: PageLinks = NO_LINKS) -> str:
    """Heading and sentences: enough to decide."""
    return f"{heading(view, links=links)}\n{lead_sentences(view)}"


def heading(view: ResultsView, limit: int = 400, links: PageLinks = NO_LINKS) -> str:
    """`### ⛔ A rule fails, as it did before: Meeting summary`; its end leads to the page, where there is one."""
    found = run_verdict(view)
    return f"### {found.sign} {inline(found.words, limit)}: {links.title(inline(found.title, limit))}"


def lead_sentences(view: ResultsView) -> str:
    """The sentences below the heading, in one paragraph."""
    return " ".join(verdict_sentences(view, MARKDOWN))


def _whole(text: str) -> Cut:
    return lambda rows: text


def _steps(view: ResultsView, found: Changes, page: PageContext) -> str:
    """What people can do, a line each, with links where there are any."""
    told = []
    for step in next_steps(view, found, name_suite=page.several):
        words = inline(step.words, 200)
        if step.file:
            words = page.links.edit(words, step.file) or f"{words} ({code(step.file, 160)})"
        elif step.show:
            words = page.links.cases(words, view.results.suite, step.show) or words
        copied = " · ".join(code(line, 300) for line in step.lines)
        told.append(f"- {words}{f': {copied}' if copied else ''}")
    return "\n".join(["**What you can do**", "", *told]) if told else ""


def _reasons(view: ResultsView) -> Cut:
    """What was not measured, where the sentences do not say it all."""
    told = [f"- {humanize.TROUBLE} {inline(reason, summary.ERROR_LINE)}" for reason in summary.reasons_in_full(view)]
    return lambda rows: "\n".join([*told[:rows], *([f"- … and {len(told) - rows} more"] if len(told) > rows else [])])


def _rules(view: ResultsView) -> Cut:
    """The rules as a list, one a line; of very many the gravest."""
    gates = view.results.gates
    told = [f"- {inline(what, 200)} {inline(answer, 240)}" for what, answer in rule_lines(view)]
    gravest = sorted(range(len(gates)), key=lambda n: (not gates[n].blocks, _RULE_ORDER.index(gates[n].status)))

    def cut(rows: int) -> str:
        rows = min(rows, _MOST_RULES)
        shown, rest = (range(len(gates)), []) if len(gates) <= rows else (gravest[:rows], gravest[rows:])
        lines = [told[number] for number in shown]
        if rest:
            tally = Counter(gates[number].status for number in rest)
            lines.append(f"- … and {len(rest)} more ({', '.join(f'{n} {status}' for status, n in tally.items())})")
        return "\n".join(["**Rules**", "", *lines]) if lines else ""

    return cut


def _not_passing(view: ResultsView, most: int = 5) -> Cut:
    told = [
        f"{inline(name, 100)}: {humanize.listed([code(case, 60) for case in cases], most)}"
        for name, cases in not_passing(view).items()
    ]
    return lambda rows: f"**Not passing:** {' · '.join(told[:rows])}" if told else ""


def _apart(view: ResultsView, held_worse: int, held_better: int) -> str:
    """Held-out cases, and cases that only one version can take."""
    lines = [summary.held_out(view, held_worse, held_better)]
    base_only, head_only = view.one_sided()
    for cases, which in ((base_only, "the old version"), (head_only, "the new version")):
        if cases:
            shown = [code(case.id, 60) for case in cases if case.id not in view.held][:5]
            names = f": {', '.join(shown)}{' …' if len(cases) > len(shown) else ''}" if shown else ""
            fit, are = ("fits", "is") if len(cases) == 1 else ("fit", "are")
            lines.append(f"{humanize.plural(len(cases), 'case')} {fit} only {which} and {are} not compared{names}.")
    return "  \n".join(filter(None, lines))


def _remarks(view: ResultsView) -> Cut:
    """Errors, which never hide among failures, and what the run noted."""
    several = len(view.models) > 1  # of one model the first sentences say it
    troubles = (*summary.errors(view), *(cut_replies(view) if several else ()))
    errors = [f"{humanize.TROUBLE} {inline(line, summary.ERROR_LINE)}" for line in troubles]
    told = (*(cut_no_more(view) if several else ()), *thinking(view))
    notices = [*map(inline, told), *(f"Note: {inline(note)}" for note in view.results.notes)]

    def cut(rows: int) -> str:
        more = f"{humanize.TROUBLE} … and {len(errors) - rows} more lines of errors" if len(errors) > rows else ""
        return "  \n".join(filter(None, [*errors[:rows], more, *notices[:rows]]))

    return cut


def _small_print(view: ResultsView) -> str:
    """Versions, cases, models, cost and time, the command: machinery, last and small."""
    lines = [*_measures(view), _origin(view)]
    told = "  \n".join(lines) if view.plain else "<br>".join(lines)
    return told if view.plain else f"<sub>{told}</sub>"


def _measures(view: ResultsView, most: int = 8) -> list[str]:
    """Cost, latency and tokens in one line, for each of several models."""
    several = len(view.models) > 1
    lines = []
    for comparison in view.results.comparisons:
        name = f"{inline(comparison.model, 80)}: " if several else ""
        if told := " · ".join(f"{label} {inline(text)}" for label, text in measures(view, comparison)):
            lines.append(name + told)
    return [*lines[:most], *([f"… and {len(lines) - most} more models"] if len(lines) > most else [])]


def _origin(view: ResultsView) -> str:
    results = view.results
    base, head = summary.version(view, "base"), summary.version(view, "head")
    versions = f"base {code(base, 60)} → head {code(head, 60)}" if view.has_base else f"version {code(head, 60)}"
    parts = [
        versions,
        summary.size(view),
        f"model{'s' * (len(view.models) > 1)} {inline(summary.models(results), 300)}",
        inline(summary.spent(results)),
        *([f"shard {inline(results.shard, 20)}"] if results.shard else []),
        *([code(results.command, 300)] if results.command else []),
    ]
    return " · ".join(parts)
