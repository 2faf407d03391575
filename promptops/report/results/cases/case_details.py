"""The cases of the comment that got worse and better: why, both replies side by side, the line that judges anew."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from promptops.model.results import Sample
from promptops.report.results.cases.field_text import field_text
from promptops.report.results.cases.label_lines import correction_line
from promptops.report.results.cases.reply_columns import reply_columns
from promptops.report.results.reply_remarks import different_cases, thought_tokens
from promptops.report.results.results_view import CaseChange, Changes, ResultsView, Shift, reply_text
from promptops.text import humanize
from promptops.text.sanitize import code, fence, inline, shorten
from promptops.text.truncate import Block, Fold, Part, folded

MOST = 5
SHOWN = 3
"""Cases under each heading of the comment."""
REPLY, FIELD, FIELDS, SHORT, _SHIFTS = 2200, 1200, 8, 80, 6
THOUGHTS, _LINE = 1000, 900

_HOW = "If you judge the reply after differently, copy this line into a comment and say why:"

# How useful a block is, least number first: the case, and the whole of it. The chart stands at 8, the edit between.
_WORSE, _WORSE_IN_FULL = (1, 3, 4), (5, 18, 19)
_BETTER, _BETTER_IN_FULL = (7, 10, 11), (20, 21, 22)
_QUOTED = re.compile(r"(?:(?<=\s)|(?<=\()|^)'(\S(?:[^'\n]|'(?=\w)){0,200})'(?=[\s,;.:)]|$)")
"""What a reason quotes; an apostrophe within is followed by a letter."""


def case_parts(view: ResultsView, found: Changes, *, name_suite: bool = False) -> tuple[Part, ...]:
    """`Got worse (11)` and `Got better (10)` with the clearest cases; one that did both is told once, as worse.

    `name_suite`: the lines to copy say which suite they are about.
    """
    told = {_which(change) for change in found.worse}
    gains = {_which(change): change.shifts for change in found.better}
    better = [change for change in found.better if _which(change) not in told]
    parts: list[Part] = []
    for heading, changes, also, ranks in (
        ("Got worse", found.worse, gains, (_WORSE, _WORSE_IN_FULL)),
        ("Got better", better, {}, (_BETTER, _BETTER_IN_FULL)),
    ):
        if changes:
            parts.append(f"**{heading} ({len(changes)})**")
            parts.append(Fold("", tuple(_blocks(view, changes, also, ranks, name_suite=name_suite)), view.plain))
            if (more := len(changes) - SHOWN) > 0:
                parts.append(f"and {more} more in the whole report")
    return tuple(parts) if parts else _other_replies(view)


def _other_replies(view: ResultsView) -> tuple[Part, ...]:
    """Some of the replies that read differently, where no case got worse or better: whether it matters, people see."""
    found = different_cases(view)
    blocks = [
        Block(rank, "case", f"{_title(view, one, ())}\n\n{reply_columns(view, one)}")
        for rank, one in zip(_WORSE, found, strict=False)
    ]
    more = len(found) - len(blocks)
    rest = (f"and {more} more in the whole report",) if more > 0 else ()
    return (f"**Read differently ({len(found)})**", Fold("", tuple(blocks), view.plain), *rest) if blocks else ()


def _which(change: CaseChange) -> tuple[str, str]:
    return change.model, change.case.id


def _blocks(
    view: ResultsView,
    changes: Sequence[CaseChange],
    also: Mapping[tuple[str, str], tuple[Shift, ...]],
    ranks: tuple[tuple[int, ...], tuple[int, ...]],
    *,
    name_suite: bool,
) -> list[Block]:
    blocks = []
    for change, rank, rank_in_full in zip(changes[:SHOWN], *ranks, strict=False):
        shifts = (*change.shifts, *also.get(_which(change), ()))
        line = correction_line(view, change, shifts, name_suite=name_suite)
        told = "\n\n".join(filter(None, [_title(view, change, shifts), reply_columns(view, change), _correction(line)]))
        blocks += [Block(rank, "case", told), Block(rank_in_full, "full case", _in_full(view, change))]
    return blocks


def _title(view: ResultsView, change: CaseChange, shifts: Sequence[Shift]) -> str:
    """The case, and each criterion with its reason."""
    model = f" · with {inline(change.model, 80)}" if len(view.models) > 1 else ""
    lines = [f"**{code(change.case.id, 80)}**{model}", *map(_shift, shifts[:_SHIFTS])]
    if len(shifts) > _SHIFTS:
        lines.append(f"and {len(shifts) - _SHIFTS} more criteria")
    return "  \n".join(lines)


def _shift(shift: Shift) -> str:
    why = f": {_emphasised(inline(told, 600))}" if (told := reason(shift)) else ""
    return f"{passes(shift.before)} → {passes(shift.after)} *{inline(shift.criterion, 100)}*{why}"


def _emphasised(line: str) -> str:
    """What the reason quotes, leaning instead of in quotation marks; the line is markdown already."""
    return _QUOTED.sub(r"*\1*", line)


def reason(shift: Shift) -> str:
    """Why the reply that fails does, or `before: …; after: …` where both sides say why; empty where neither does."""
    if shift.after < 1 and shift.before == 1 and shift.reason_after and not shift.reason_before:
        return shorten(shift.reason_after, 280)
    told = (("before", shift.reason_before), ("after", shift.reason_after))
    return " · ".join(f"{when}: {shorten(why, 280)}" for when, why in told if why)


def passes(share: float) -> str:
    """✅, ❌, or the share of trials in between."""
    if share in (0.0, 1.0):
        return humanize.BETTER if share else humanize.WORSE
    return f"{humanize.percent(share)} of the trials"


def _correction(line: str) -> str:
    return f"{_HOW}\n\n{fence(line, _LINE)}" if line else ""


def _in_full(view: ResultsView, change: CaseChange) -> str:
    """What the case holds and both replies as they came, behind one summary."""
    before, after = reply_text(change.base), reply_text(change.head)
    same = "after: the same reply" if before == after else f"after:\n\n{fence(after, REPLY)}"
    told = [
        *([f"**{code(change.case.id, 80)}**"] if view.plain else []),
        *_fields(change),
        f"before:\n\n{fence(before, REPLY)}{_thoughts(view, change.base)}",
        same + _thoughts(view, change.head),
    ]
    return folded("the case and both replies in full", "\n\n".join(told), plain=view.plain)


def _thoughts(view: ResultsView, sample: Sample) -> str:
    """What the model thought before its reply, folded; empty where nothing is known."""
    if not sample.reasoning:
        return ""
    summary = f"thought before it ({thought_tokens(sample)})"
    return f"\n\n{folded(summary, fence(sample.reasoning, THOUGHTS), plain=view.plain)}"


def _fields(change: CaseChange) -> list[str]:
    told = []
    for name, value in list(change.case.fields.items())[:FIELDS]:
        text = field_text(value)
        short = len(text) <= SHORT and "\n" not in text
        told.append(f"**{inline(name, 60)}**" + (f" {code(text)}" if short else f"\n\n{fence(text, FIELD)}"))
    more = len(change.case.fields) - FIELDS
    return [*told, f"and {humanize.plural(more, 'more field')}"] if more > 0 else told
