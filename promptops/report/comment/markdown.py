"""The comment on a pull request: plain words first, figures second, machinery last; inert and never too long.

Everything that a prompt's author or a model wrote passes through `safe`. The sentence, the table, gates and errors
always stay; replies and diffs are left out from the least useful on when the page would pass the limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, cached_property

from promptops.model.results import GateResult, Results
from promptops.report.comment.comment_markers import MARKER
from promptops.report.results import summary as sentences
from promptops.report.results.chart import chart
from promptops.report.results.criteria_table import criteria_table
from promptops.report.results.details import case_blocks, change_fold, text_fold
from promptops.report.results.results_view import Lookup, changes, is_unchanged, not_passing
from promptops.text import humanize
from promptops.text.sanitize import code, inline
from promptops.text.truncate import Block, Fold, Part, Section, fit, least

LIMIT = 60_000
_ROWS = (400, 120, 60, 30, 15, 8, 4, 2)
_RANK = {"worse": 1, "trade-off": 2, "no difference shown": 3, "better": 4, "first run": 5, "unchanged": 6}
_CHART_RANK = 8
_MOST_GATES = 40
_LEAST_SECTION = 300
"""No section is shorter than this: so many suites that they cannot fit need not be tried."""
Cut = Callable[[int], str]
"""A text with so many rows of its table. What stands in it is rendered once, however often it is cut."""


def comment(results: Sequence[Results], *, limit: int = LIMIT, marker: str = MARKER, artifact_hint: str = "") -> str:
    """One comment for one run of several suites, worst first. `artifact_hint` says where the whole report is."""
    looks = [Lookup(one) for one in sorted(results, key=_badness)]
    hint = inline(artifact_hint) if artifact_hint else ""
    unchanged = [look for look in looks if is_unchanged(look.results)]
    affected = [look for look in looks if not is_unchanged(look.results)]
    parts: list[Part] = [marker]
    if len(looks) > 1 and affected:
        parts.append(f"**{_overview(affected, unchanged)}**")
    if not looks:
        parts.append("Nothing was evaluated: no suite is affected.")
    ending: list[Part] = [_unaffected(unchanged)] if unchanged else []
    start = Section(tuple(parts))
    end = Section(tuple(ending))
    crowded = len(affected) * _LEAST_SECTION > limit
    drafts = [] if crowded else [_Draft(look, hint) for look in affected]
    for rows in () if crowded else _ROWS:
        if least([start, *(draft.texts(rows) for draft in drafts), end]) > limit:
            continue  # what is folded away need not be rendered to know that it does not fit
        sections = [start, *(draft.section(rows) for draft in drafts), end]
        if least(sections) <= limit:
            return fit(sections, limit, hint)
    return _headlines(marker, affected, unchanged, limit)


def _badness(results: Results) -> tuple[int, int, str]:
    if is_unchanged(results):
        return 9, 0, results.suite
    worst = min((_RANK[comparison.overall] for comparison in results.comparisons), default=0)
    return (0 if results.blocked or results.stopped else 1), worst, results.suite


def _overview(affected: Sequence[Lookup], unchanged: Sequence[Lookup]) -> str:
    """`3 suites: one blocked, one better, one unaffected`."""
    tally: Counter[str] = Counter()
    for look in affected:
        worst = min((c.overall for c in look.results.comparisons), key=lambda o: _RANK[o], default="")
        tally["blocked" if look.results.blocked else sentences.OVERALL.get(worst, "without an answer")] += 1
    if unchanged:
        tally["unaffected"] = len(unchanged)
    total = len(affected) + len(unchanged)
    return f"{humanize.plural(total, 'suite')}: " + ", ".join(f"{humanize.say(n)} {what}" for what, n in tally.items())


def _unaffected(unchanged: Sequence[Lookup], most: int = 20) -> str:
    names = [inline(sentences.title(look.results), 80) for look in unchanged]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"**{', '.join(names[:most])}{more}**: {sentences.UNCHANGED}."


class _Draft:
    """One suite's part of the comment, to be cut to a number of rows and left without what is folded away."""

    def __init__(self, look: Lookup, hint: str) -> None:
        results = look.results
        notes = sentences.footnotes(results)
        stopped = f"**The run stopped:** {inline(results.stopped)}" if results.stopped else ""
        self._look, self._found = look, changes(look)
        titles = _whole(f"### {inline(sentences.headline(look))}"), _whole(stopped)
        self._head = (*titles, criteria_table(look, hint), _measures(look))
        apart = _apart(look, self._found.held_worse, self._found.held_better)
        self._middle = (_gates(look), _not_passing(look), _whole(apart))
        self._end = (_small_print(look, notes), _whole(_origin(look)))

    def texts(self, rows: int) -> Section:
        """The section without anything folded away."""
        return Section(tuple(cut(rows) for cut in (*self._head, *self._middle, *self._end)))

    def section(self, rows: int) -> Section:
        """The whole section."""
        head, middle, end = ([cut(rows) for cut in cuts] for cuts in (self._head, self._middle, self._end))
        return Section((*head, self._chart, *middle, *self._details, *end))

    @cached_property
    def _chart(self) -> Part:
        drawn = chart(self._look)
        # Two versions are told by the table; several models need the picture to be told apart.
        summary = "" if len(self._look.models) > 1 else "Before and after, drawn"
        return Fold(summary, (Block(_CHART_RANK, "chart", drawn),)) if drawn else ""

    @cached_property
    def _details(self) -> tuple[Part, ...]:
        look, found = self._look, self._found
        told = (change_fold(found, case_blocks(look, found)),) if found.worse or found.better else ()
        return *told, text_fold(look)


def _whole(text: str) -> Cut:
    return lambda rows: text


def _measures(look: Lookup) -> Cut:
    """Cost, latency, tokens and the verdict, a line each for every model."""
    several = len(look.models) > 1
    groups: list[list[str]] = []
    for comparison in look.results.comparisons:
        name = f"**{inline(comparison.model, 80)}:** " if several else ""
        lines = []
        if told := " · ".join(f"**{label}** {inline(text)}" for label, text in sentences.measures(comparison)):
            lines.append(name + told.replace("**cost**", "**Cost**", 1))
        if look.has_base:
            overall, why = sentences.verdict(look, comparison)
            lines.append(f"{name}**Verdict: {overall}.**{f' {inline(why)}.' if why else ''}")
        groups.append(lines)

    def cut(rows: int) -> str:
        more = [f"… and {len(groups) - rows} more models"] if len(groups) > rows else []
        return "  \n".join([*(line for lines in groups[:rows] for line in lines), *more])

    return cut


_GATE_ORDER = ("failed", "undecided", "not measured", "passed", "advisory")


def _gates(look: Lookup) -> Cut:
    gates = look.results.gates
    gravest = sorted(gates, key=lambda g: (not g.blocks, _GATE_ORDER.index(g.status)))

    @cache
    def told(gate: GateResult) -> str:
        what, answer = sentences.gate(gate, several_models=len(look.models) > 1)
        return f"{inline(what, 160)} {inline(answer, 200)}"

    def cut(rows: int) -> str:
        rows = min(rows, _MOST_GATES)
        shown, rest = (gates, ()) if len(gates) <= rows else (gravest[:rows], gravest[rows:])
        text = f"**Gates:** {' · '.join(map(told, shown))}" if gates else ""
        if rest:
            tally = Counter(gate.status for gate in rest)
            text += f" · and {len(rest)} more ({', '.join(f'{n} {status}' for status, n in tally.items())})"
        return text

    return cut


def _not_passing(look: Lookup, most: int = 5) -> Cut:
    """A first run has nothing to compare with: which cases to read is what it can say."""
    told = []
    for name, cases in not_passing(look).items() if not look.has_base else ():
        more = f" and {len(cases) - most} more" if len(cases) > most else ""
        told.append(f"{inline(name, 100)}: {', '.join(code(case, 60) for case in cases[:most])}{more}")
    return lambda rows: f"**Not passing:** {' · '.join(told[:rows])}" if told else ""


def _apart(look: Lookup, held_worse: int, held_better: int) -> str:
    """Held-out cases, and cases that only one version can take."""
    lines = [sentences.held_out(look, held_worse, held_better)]
    base_only, head_only = look.one_sided()
    for cases, which in ((base_only, "the old version"), (head_only, "the new version")):
        if cases:
            shown = [code(case.id, 60) for case in cases if case.id not in look.held][:5]
            names = f": {', '.join(shown)}{' …' if len(cases) > len(shown) else ''}" if shown else ""
            verb = "fits" if len(cases) == 1 else "fit"
            noun = "is" if len(cases) == 1 else "are"
            lines.append(f"{humanize.plural(len(cases), 'case')} {verb} only {which} and {noun} not compared{names}.")
    return "  \n".join(line for line in lines if line)


def _small_print(look: Lookup, notes: dict[str, int]) -> Cut:
    errors = [f"{humanize.TROUBLE} {inline(line, sentences.ERROR_LINE)}" for line in sentences.errors(look)]
    marks = [f"{humanize.superscript(number)} {inline(note, 200)}" for note, number in notes.items()]
    notices = [f"Note: {inline(note)}" for note in look.results.notes]

    def cut(rows: int) -> str:
        more = f"{humanize.TROUBLE} … and {len(errors) - rows} more criteria with errors" if len(errors) > rows else ""
        small = " · ".join([*marks[:rows], *([sentences.UNADJUSTED] if look.has_base else [])])
        return "  \n".join(filter(None, [*errors[:rows], more, small, *notices[:rows]]))

    return cut


def _origin(look: Lookup) -> str:
    results = look.results
    base, head = sentences.version(look, "base"), sentences.version(look, "head")
    versions = f"base {code(base, 60)} → head {code(head, 60)}" if look.has_base else f"version {code(head, 60)}"
    parts = [
        versions,
        sentences.size(look),
        f"model{'s' * (len(look.models) > 1)} {inline(sentences.models(results), 300)}",
        inline(sentences.spent(results)),
        *([f"shard {inline(results.shard, 20)}"] if results.shard else []),
        *([code(results.command, 300)] if results.command else []),
    ]
    return " · ".join(parts)


def _headlines(marker: str, affected: Sequence[Lookup], unchanged: Sequence[Lookup], limit: int) -> str:
    """So many suites that only their sentences fit."""
    lines = [marker, "", f"**{_overview(affected, unchanged)}**", ""]
    room = limit - sum(len(line) + 1 for line in lines) - 60
    for index, look in enumerate(affected):
        line = f"- {inline(sentences.headline(look), 200)}"
        if len(line) + 1 > room:
            lines.append(f"- … and {len(affected) - index} more suites")
            break
        lines.append(line)
        room -= len(line) + 1
    return "\n".join(lines)[:limit]
