"""The comment on a pull request: plain words first, figures second, machinery last; inert and never too long.

Everything that a prompt's author or a model wrote passes through `sanitize`. The sentence, the table, gates and errors
always stay; replies and diffs are left out from the least useful on when the page would pass the limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property

from promptops.evals.unmeasured import unmeasured
from promptops.model.results import Results
from promptops.report.comment.comment_markers import MARKER
from promptops.report.results import summary
from promptops.report.results.case_details import case_blocks, change_fold
from promptops.report.results.criteria_table import criteria_table
from promptops.report.results.edit_fold import Tellers, first_tellers, text_fold
from promptops.report.results.measure_words import measures
from promptops.report.results.mermaid_chart import chart
from promptops.report.results.reply_remarks import cut_no_more, cut_replies, thinking
from promptops.report.results.results_view import ResultsView, changes, is_unchanged, not_passing
from promptops.report.results.waiting_replies import waiting_fold
from promptops.text import humanize
from promptops.text.sanitize import code, inline
from promptops.text.truncate import Block, Fold, Part, Section, fit_sections, least_length

LIMIT = 60_000
_ROWS = (400, 120, 60, 30, 15, 8, 4, 2)
_RANK = {
    "not measured": 0,
    "worse": 1,
    "trade-off": 2,
    "no difference shown": 3,
    "better": 4,
    "first run": 5,
    "unchanged": 6,
}
_CHART_RANK = 8
_MOST_GATES = 40
_LEAST_SECTION = 300
"""No section is shorter than this: so many suites that they cannot fit need not be tried."""
Cut = Callable[[int], str]
"""A text with so many rows of its table. What stands in it is rendered once, however often it is cut."""


def comment(
    results: Sequence[Results],
    *,
    limit: int = LIMIT,
    marker: str = MARKER,
    artifact_hint: str = "",
    foreign: bool = False,
    plain: bool = False,
) -> str:
    """One comment for one run of several suites, worst first. `artifact_hint` says where the whole report is.

    `foreign`: they are a stranger's, whose words are no headings; see promptops.report.comment.quoted_results.
    `plain`: without <details> and Mermaid.
    """
    views = [ResultsView(one, foreign=foreign, plain=plain) for one in sorted(results, key=_badness)]
    hint = inline(artifact_hint) if artifact_hint else ""
    unchanged = [view for view in views if is_unchanged(view.results)]
    affected = [view for view in views if not is_unchanged(view.results)]
    parts = [marker]
    if len(views) > 1 and affected:
        parts.append(f"**{_overview(affected, unchanged)}**")
    if not views:
        parts.append("Nothing was evaluated: no suite is affected.")
    start, end = Section(tuple(parts)), Section((_unaffected(unchanged),) if unchanged else ())
    crowded = len(affected) * _LEAST_SECTION > limit
    tellers = first_tellers(affected)
    drafts = [] if crowded else [_Draft(view, hint, tellers, several=len(views) > 1) for view in affected]
    for rows in () if crowded else _ROWS:
        if least_length([start, *(draft.texts(rows) for draft in drafts), end]) > limit:
            continue  # what is folded away need not be rendered to know that it does not fit
        sections = [start, *(draft.section(rows) for draft in drafts), end]
        if least_length(sections) <= limit:
            return fit_sections(sections, limit, hint)
    return _headlines(marker, affected, unchanged, limit)


def _badness(results: Results) -> tuple[int, int, str]:
    if is_unchanged(results):
        return 9, 0, results.suite
    worst = min((_RANK[comparison.overall] for comparison in results.comparisons), default=0)
    return (0 if results.blocked or unmeasured(results) else 1), worst, results.suite


def _overview(affected: Sequence[ResultsView], unchanged: Sequence[ResultsView]) -> str:
    """`3 suites: one blocked, one better, one unaffected`."""
    tally: Counter[str] = Counter()
    for view in affected:
        worst = min((c.overall for c in view.results.comparisons), key=lambda o: _RANK[o], default="")
        told = "blocked" if view.results.blocked else summary.OVERALL.get(worst, "without an answer")
        tally[summary.NOT_MEASURED if view.unmeasured else told] += 1
    if unchanged:
        tally["unaffected"] = len(unchanged)
    total = len(affected) + len(unchanged)
    counts = ", ".join(f"{humanize.spell_out(n)} {what}" for what, n in tally.items())
    return f"{humanize.plural(total, 'suite')}: {counts}"


def _unaffected(unchanged: Sequence[ResultsView], most: int = 20) -> str:
    names = [inline(summary.title(view.results), 80) for view in unchanged]
    return f"**{humanize.listed(names, most)}**: {summary.UNCHANGED}."


class _Draft:
    """One suite's part of the comment, to be cut to a number of rows and left without what is folded away."""

    def __init__(self, view: ResultsView, hint: str, tellers: Tellers, *, several: bool) -> None:
        results = view.results
        self._tellers = tellers
        notes = summary.footnotes(results)
        self._view, self._found, self._several = view, changes(view), several
        title = _whole(f"### {inline(summary.headline(view))}")
        self._head = (title, _reasons(view), criteria_table(view, hint), _measures(view))
        apart = _apart(view, self._found.held_worse, self._found.held_better)
        self._middle = (_gates(view), _not_passing(view), _whole(apart))
        self._end = (_small_print(view, notes), _whole(_origin(view)))

    def texts(self, rows: int) -> Section:
        """The section without anything folded away."""
        return Section(tuple(cut(rows) for cut in (*self._head, *self._middle, *self._end)))

    def section(self, rows: int) -> Section:
        """The whole section."""
        head, middle, end = ([cut(rows) for cut in cuts] for cuts in (self._head, self._middle, self._end))
        return Section((*head, self._chart, *middle, *self._details, *end))

    @cached_property
    def _chart(self) -> Part:
        drawn = "" if self._view.foreign or self._view.plain else chart(self._view)  # it has no quotation marks
        # Two versions are told by the table; several models need the picture to be told apart.
        title = "" if len(self._view.models) > 1 else "Before and after, drawn"
        return Fold(title, (Block(_CHART_RANK, "chart", drawn),)) if drawn else ""

    @cached_property
    def _details(self) -> tuple[Part, ...]:
        view, found = self._view, self._found
        told = (change_fold(found, case_blocks(view, found), plain=view.plain),) if found.worse or found.better else ()
        return *told, text_fold(view, self._tellers), waiting_fold(view, name_suite=self._several)


def _whole(text: str) -> Cut:
    return lambda rows: text


def _reasons(view: ResultsView) -> Cut:
    """What was not measured, where the title does not say it all."""
    told = [f"- {humanize.TROUBLE} {inline(reason, summary.ERROR_LINE)}" for reason in summary.reasons_in_full(view)]
    return lambda rows: "\n".join([*told[:rows], *([f"- … and {len(told) - rows} more"] if len(told) > rows else [])])


def _measures(view: ResultsView) -> Cut:
    """Cost, latency, tokens and the verdict, a line each for every model."""
    several = len(view.models) > 1
    groups: list[list[str]] = []
    for comparison in view.results.comparisons:
        name = f"**{inline(comparison.model, 80)}:** " if several else ""
        lines = []
        if told := " · ".join(f"**{label}** {inline(text)}" for label, text in measures(view, comparison)):
            lines.append(name + told.replace("**cost**", "**Cost**", 1))
        if view.has_base:
            overall, why = summary.verdict(view, comparison)
            lines.append(f"{name}**Verdict: {overall}.**{f' {inline(why)}.' if why else ''}")
        groups.append(lines)

    def cut(rows: int) -> str:
        more = [f"… and {len(groups) - rows} more models"] if len(groups) > rows else []
        return "  \n".join([*(line for lines in groups[:rows] for line in lines), *more])

    return cut


_GATE_ORDER = ("failed", "undecided", "not measured", "passed", "advisory")


def _gates(view: ResultsView) -> Cut:
    gates = view.results.gates
    told = [f"{inline(what, 160)} {inline(answer, 200)}" for what, answer in summary.gates(view)]
    gravest = sorted(range(len(gates)), key=lambda n: (not gates[n].blocks, _GATE_ORDER.index(gates[n].status)))

    def cut(rows: int) -> str:
        rows = min(rows, _MOST_GATES)
        shown, rest = (range(len(gates)), []) if len(gates) <= rows else (gravest[:rows], gravest[rows:])
        text = f"**Gates:** {' · '.join(told[number] for number in shown)}" if gates else ""
        if rest:
            tally = Counter(gates[number].status for number in rest)
            text += f" · and {len(rest)} more ({', '.join(f'{n} {status}' for status, n in tally.items())})"
        return text

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


def _small_print(view: ResultsView, notes: dict[str, int]) -> Cut:
    troubles = (*summary.errors(view), *cut_replies(view))
    errors = [f"{humanize.TROUBLE} {inline(line, summary.ERROR_LINE)}" for line in troubles]
    marks = [f"{humanize.superscript(number)} {inline(note, 200)}" for note, number in notes.items()]
    notices = [
        *map(inline, (*cut_no_more(view), *thinking(view))),
        *(f"Note: {inline(note)}" for note in view.results.notes),
    ]

    def cut(rows: int) -> str:
        more = f"{humanize.TROUBLE} … and {len(errors) - rows} more lines of errors" if len(errors) > rows else ""
        small = " · ".join([*marks[:rows], *([summary.UNADJUSTED] if view.has_base else [])])
        return "  \n".join(filter(None, [*errors[:rows], more, small, *notices[:rows]]))

    return cut


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


def _headlines(marker: str, affected: Sequence[ResultsView], unchanged: Sequence[ResultsView], limit: int) -> str:
    """So many suites that only their sentences fit."""
    lines = [marker, "", f"**{_overview(affected, unchanged)}**", ""]
    room = limit - sum(len(line) + 1 for line in lines) - 60
    for index, view in enumerate(affected):
        line = f"- {inline(summary.headline(view), 200)}"
        if len(line) + 1 > room:
            lines.append(f"- … and {len(affected) - index} more suites")
            break
        lines.append(line)
        room -= len(line) + 1
    return "\n".join(lines)[:limit]
