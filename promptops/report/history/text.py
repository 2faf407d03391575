"""The versions of a prompt as a table in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

from promptops.model.outcomes.history import CriterionRate, History
from promptops.model.results import GateResult
from promptops.report.history.cell_width import cell_width, cut_to_width
from promptops.report.history.view import (
    SuiteHistory,
    as_base,
    not_measured,
    served,
    suite_history,
    title,
    version_change,
)
from promptops.text.humanize import ago, cases_words, dollars, named_rule, percent, plural
from promptops.text.sanitize import visible_line

_MOST_CRITERIA, _HEAD = 5, 13
_AUTHOR, _SERVED, _NAME, _LEAST_TITLE = 18, 26, 40, 12
_WHOLE = 2000
"""Characters of what is not cut: no title is longer, and a hostile one must end somewhere."""
_TITLE = 3
"""The column that gives way where the line is short."""

_INDENT = " " * 9
_BOLD, _DIM, _END = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def history_text(history: History, now: float, *, width: int | None = None, color: bool = False) -> str:
    """A row for each version, newest first, then what else is to be said. `now` is in seconds since 1970.

    `width`: columns of the terminal, for which titles and names are cut; without it they stay whole. No text of a
    prompt, a commit or a note can act on a terminal, with colours or without.
    """
    found = suite_history(history)
    criteria = found.criteria[:_MOST_CRITERIA] if found is not None else ()
    most = _WHOLE if width is None else _NAME
    heads = [wrap(visible_line(name, most), _HEAD) for name in criteria] + ([["cost/1k"]] if found is not None else [])
    rows = [_cells(history, found, number, now, is_cut=width is not None) for number in range(len(history.versions))]
    lines = _table(heads, rows, width)
    name = visible_line(history.prompt if history.title == history.prompt else f"{history.prompt} ({history.title})")
    told = [f"{_BOLD}{name}{_END}" if color else name, *lines[: -len(history.versions) or len(lines)]]
    for number, (line, row) in enumerate(zip(lines[len(told) - 1 :], history.versions, strict=True)):
        told.append(line)
        card = found.cards[number] if found is not None else None
        results = (not_measured(card), as_base(card)) if card is not None else ()
        for text in (*results, version_change(row, history.prompt)):
            if said := visible_line(text, _WHOLE):
                told.append(f"{_DIM}{_INDENT}{said}{_END}" if color else f"{_INDENT}{said}")
    return "\n".join([*told, *_below(history, found), ""])


def drift_words(suite: str, criterion: str, model: str, before: CriterionRate, now: CriterionRate, since: str) -> str:
    """One line on a criterion that got worse although no file changed. `since`: ISO 8601."""
    was, rate = (f"{percent(one.rate)} of {cases_words(one.n, one.groups)}" for one in (before, now))
    name = f"{visible_line(suite, 80)}: '{visible_line(criterion, 80)}'"
    return f"{name} fell from {was} ({since[:10]}) to {rate} with the same text and model {visible_line(model, 60)}"


def open_gate_words(suite: str, model: str, gate: GateResult, before: GateResult | None, since: str) -> str:
    """One line on a rule (gate) that does not hold, beside what it was when the same was first evaluated (ISO 8601)."""
    named = f"the rule '{visible_line(named_rule(gate.criterion, gate.rule), 160)}'"
    where = f"{visible_line(suite, 80)}, model {visible_line(model, 60)}: {named}"
    if gate.accepted:
        return f"{where} does not hold and was accepted by {visible_line(gate.accepted, 200)}"
    state = {"failed": "fails", "undecided": "is not proven"}.get(gate.status, "was not measured")
    if before is None:
        return f"{where} {state}; no earlier note says how it was, so this is no drift"
    if before.status == "passed" and gate.status == "failed":
        return f"{where} {state} now, and held when the same was first evaluated ({since[:10]})"
    was = {"failed": "failed", "passed": "held", "undecided": "was not proven"}.get(before.status, "was open")
    return f"{where} {state}, and {was} when the same was first evaluated ({since[:10]}): no drift is proven"


def _cells(history: History, found: SuiteHistory | None, number: int, now: float, *, is_cut: bool) -> list[str]:
    row = history.versions[number]
    figures = _figures(found, number, found.criteria[:_MOST_CRITERIA]) if found is not None else []
    who, where = visible_line(row.about.author, _WHOLE), visible_line(served(row), _WHOLE)
    if is_cut:
        who, where = _fitted(who, _AUTHOR), _fitted(where, _SERVED)
    return [row.commit[:7], ago(now - row.about.when), who, visible_line(title(row), _WHOLE), *figures, where]


def _table(heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """The heads (a column's lines each, for the columns after the title) and the rows, aligned."""
    if not rows:
        return []
    tops = list(zip_longest(*(reversed(head) for head in heads), fillvalue=""))[::-1]
    lines = [["", "", "", "", *top, ""] for top in tops] + [list(row) for row in rows]
    widths = [max(map(cell_width, column)) for column in zip(*lines, strict=True)]
    if width is not None:
        rest = width - sum(widths) + widths[_TITLE] - 2 * (len(widths) - 1)
        widths[_TITLE] = min(widths[_TITLE], max(_LEAST_TITLE, rest))

    def padded(number: int, cell: str) -> str:
        text = _fitted(cell, widths[number])
        blank = " " * (widths[number] - cell_width(text))
        return blank + text if _TITLE < number < len(widths) - 1 else text + blank

    return ["  ".join(padded(*entry) for entry in enumerate(line)).rstrip() for line in lines]


def _fitted(text: str, width: int) -> str:
    return text if cell_width(text) <= width else f"{cut_to_width(text, width - 1).rstrip()}…"


def _figures(found: SuiteHistory, number: int, criteria: tuple[str, ...]) -> list[str]:
    rates = (found.rate(number, name) for name in criteria)
    star = "*" if found.is_foreign(number) else ""
    card = found.cards[number]
    cost = dollars(card.cost) if card is not None and card.cost is not None else ""
    return [*(f"{percent(rate.rate)}{star}" if rate is not None else "" for rate in rates), cost]


def _below(history: History, found: SuiteHistory | None) -> Iterator[str]:
    """Everything under the table."""
    if found is not None:
        yield ""
        of = f" ({visible_line(found.of, 120)})" if found.of else ""
        yield f"Suite {visible_line(found.suite, 80)}{of}, model {visible_line(found.model, 60)}{_sizes(found)}."
        if found.has_foreign:
            yield "* measured with other cases, criteria or scoring than the newest, so not to be compared with it"
        if (more := len(found.criteria) - _MOST_CRITERIA) > 0:
            yield f"{plural(more, 'more criterion', 'more criteria')}, and all intervals: --format html or json"
        else:
            yield "Intervals, and what each version changed: --format html or json"
        if found.others:
            yield f"Also evaluated: {visible_line(', '.join(found.others), 300)}"
    if history.older:
        yield ""
        yield f"There are older versions; to see more than {len(history.versions)}: --limit N"
    for note in history.notes:
        yield ""
        yield f"Note: {visible_line(note, 600)}"


def _sizes(found: SuiteHistory) -> str:
    """`, rates of 24 cases`: how much the figures rest on."""
    rates = [one for card in found.cards if card is not None for one in card.criteria]
    cases, groups = {one.n for one in rates}, {one.groups for one in rates}
    if not rates:
        return ""
    if len(cases) > 1:
        return f", rates of {min(cases)} to {max(cases)} cases" + (" in groups" if groups != {None} else "")
    return f", rates of {cases_words(cases.pop(), groups.pop() if len(groups) == 1 else None)}"
