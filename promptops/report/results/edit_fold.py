"""What the edit changed in the text a model receives, folded away in the comment."""

from __future__ import annotations

from promptops.report.results.message_diffs import RenderedChange, rendered_changes
from promptops.report.results.results_view import ResultsView
from promptops.text import humanize
from promptops.text.sanitize import code, fence
from promptops.text.truncate import Block, Fold, Part

DIFF = 6000
SAME = (
    "The messages are the same for every case; "
    "what differs is the model, its parameters, its tools or the reply format."
)

# How useful a change is beside the blocks of `case_details`, least number first.
_RANKS = (2, 9, 14, 15, 16)


def text_fold(view: ResultsView) -> Part:
    """What changed in the text the model receives, alike changes told once."""
    found = rendered_changes(view)
    if not found.compared:
        return ""
    if not found.changes:
        return SAME
    blocks = [
        Block(rank, "change of the text", _change(view, change, found.compared))
        for rank, change in zip(_RANKS, found.changes, strict=False)
    ]
    rest = sum(len(change.cases) for change in found.changes[len(_RANKS) :])
    if rest:
        blocks.append(Block(17, "line", f"{humanize.plural(rest, 'other case')} changed in other ways."))
    share = f"{found.changed} of {humanize.plural(found.compared, 'case')}"
    return Fold(f"What changed in the text the model receives ({share})", tuple(blocks), view.plain)


def _change(view: ResultsView, change: RenderedChange, compared: int) -> str:
    count = f"**{len(change.cases)} of {humanize.plural(compared, 'case')}**"
    if not change.case:
        return f"{count}, all held out and not shown"
    example = f", shown for {code(change.case, 80)}" if compared > 1 else ""
    diff = "\n".join(change.diff)
    return f"{count}{example}\n\n{fence(diff, DIFF, 'diff')}"
