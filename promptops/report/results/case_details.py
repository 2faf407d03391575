"""What is folded away in the comment: the clearest cases with both replies."""

from __future__ import annotations

from collections.abc import Sequence

from promptops.model.results import Sample
from promptops.report.results.reply_remarks import thought_tokens
from promptops.report.results.results_view import CaseChange, Changes, ResultsView, Shift, field_text, reply_text
from promptops.text import humanize
from promptops.text.sanitize import code, fence, inline, shorten
from promptops.text.truncate import Block, Fold, folded

MOST = 5
REPLY, FIELD, FIELDS, SHORT, _SHIFTS = 2500, 1200, 8, 80, 6
THOUGHTS = 1000

# How useful a block is, least number first; the chart stands at 8, the edit (edit_fold) between them.
_WORSE, _BETTER = (1, 3, 4, 5, 6), (7, 10, 11, 12, 13)


def change_fold(found: Changes, blocks: Sequence[Block], *, plain: bool = False) -> Fold:
    """`3 cases got worse, 9 got better: read them`."""
    worse, better = len(found.worse), len(found.better)
    summary = f"{humanize.plural(worse or better, 'case')} got {'worse' if worse else 'better'}"
    summary += f", {better} got better" if worse and better else ""
    clearest = f" (the clearest {MOST} of each)" if max(worse, better) > MOST else ""
    return Fold(f"{summary}: read them{clearest}", tuple(blocks), plain)


def case_blocks(view: ResultsView, found: Changes) -> list[Block]:
    """The clearest cases that got worse, then those that got better; a case that did both is told once."""
    worse = found.worse[:MOST]
    told = {_which(change) for change in worse}
    gains = {_which(change): change.shifts for change in found.better}
    better = [change for change in found.better if _which(change) not in told][:MOST]
    ranks = [*_WORSE[: len(worse)], *_BETTER[: len(better)]]
    texts = [_case(view, change, (*change.shifts, *gains.get(_which(change), ()))) for change in worse]
    texts += [_case(view, change, change.shifts) for change in better]
    return [
        Block(r, "case", f"---\n\n{text}" if n else text) for n, (r, text) in enumerate(zip(ranks, texts, strict=True))
    ]


def _which(change: CaseChange) -> tuple[str, str]:
    return change.model, change.case.id


def _case(view: ResultsView, change: CaseChange, shifts: Sequence[Shift]) -> str:
    """The criteria with their reasons; the case, folded; both replies."""
    model = f" · with {inline(change.model, 80)}" if len(view.models) > 1 else ""
    lines = [f"**{code(change.case.id, 80)}**{model}", *map(_shift, shifts[:_SHIFTS])]
    if len(shifts) > _SHIFTS:
        lines.append(f"and {len(shifts) - _SHIFTS} more criteria")
    told = ["  \n".join(lines)]
    fields = "\n\n".join(_fields(change))
    if fields:
        told.append(folded("the case", fields, plain=view.plain))
    before, after = reply_text(change.base), reply_text(change.head)
    told.append(f"before:\n\n{fence(before, REPLY)}{_thoughts(view, change.base)}")
    after = "after: the same reply" if before == after else f"after:\n\n{fence(after, REPLY)}"
    return "\n\n".join([*told, after + _thoughts(view, change.head)])


def _thoughts(view: ResultsView, sample: Sample) -> str:
    """What the model thought before its reply, folded; empty where nothing is known."""
    if not sample.reasoning:
        return ""
    summary = f"thought before it ({thought_tokens(sample)})"
    return f"\n\n{folded(summary, fence(sample.reasoning, THOUGHTS), plain=view.plain)}"


def _shift(shift: Shift) -> str:
    why = f" – {inline(told, 600)}" if (told := reason(shift)) else ""
    return f"*{inline(shift.criterion, 100)}* {passes(shift.before)} → {passes(shift.after)}{why}"


def reason(shift: Shift) -> str:
    """`before: 4 sentences · after: 2 sentences`; empty where no evaluator said why."""
    told = (("before", shift.reason_before), ("after", shift.reason_after))
    return " · ".join(f"{when}: {shorten(why, 280)}" for when, why in told if why)


def passes(share: float) -> str:
    """✅, ❌, or the share of trials in between."""
    if share in (0.0, 1.0):
        return humanize.BETTER if share else humanize.WORSE
    return f"{humanize.percent(share)} of the trials"


def _fields(change: CaseChange) -> list[str]:
    told = []
    for name, value in list(change.case.fields.items())[:FIELDS]:
        text = field_text(value)
        short = len(text) <= SHORT and "\n" not in text
        told.append(f"**{inline(name, 60)}**" + (f" {code(text)}" if short else f"\n\n{fence(text, FIELD)}"))
    more = len(change.case.fields) - FIELDS
    return [*told, f"and {humanize.plural(more, 'more field')}"] if more > 0 else told
