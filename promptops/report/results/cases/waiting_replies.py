"""Replies that wait for a person's answer: whose they are, and the line that answers in a comment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from promptops.evals.registry import KINDS
from promptops.model.results import Sample, Side
from promptops.report.results.cases.label_lines import label_line
from promptops.report.results.results_view import ResultsView
from promptops.text import humanize
from promptops.text.sanitize import code, fence, inline
from promptops.text.truncate import Block, Fold, Part

VERSIONS: dict[Side, str] = {"head": "the new version", "base": "the old version"}
_MOST = 6
_REPLY, _LINE = 1_500, 900
_RANKS = (2, 3, 4, 5, 6, 7)
_HOW = (
    "Copy a line into a comment of yours: `pass` for yes, `fail` for no; a reason in quotation marks may follow. "
    "Several lines in one comment are fine. The owners of the prompt may answer."
)


class WaitingReply(NamedTuple):
    """A reply that nobody has judged yet by a criterion; `side` is the version, `line` the command that judges it."""

    sample: Sample
    side: Side
    criterion: str
    line: str


def waiting_replies(view: ResultsView, *, name_suite: bool = False) -> list[WaitingReply]:
    """All that may be shown, by case; the same reply of both versions once. `name_suite`: the line says which suite."""
    found: dict[tuple[str, str, str], WaitingReply] = {}
    for sample in sorted(view.results.samples, key=partial(_place, view)):
        if sample.case in view.held:
            continue
        arm = view.results.arms[sample.arm]
        for criterion in _waiting(view, sample):
            line = label_line(view, sample, criterion, name_suite=name_suite)
            key = sample.case, criterion, sample.text
            found.setdefault(key, WaitingReply(sample, arm.side, criterion, line))
    return list(found.values())


def _place(view: ResultsView, sample: Sample) -> tuple[int, bool, int, int]:
    """By case, the new version's first."""
    arm = view.results.arms[sample.arm]
    return view.order.get(sample.case, 0), arm.side == "base", sample.arm, sample.trial


def waiting_fold(view: ResultsView, *, name_suite: bool = False) -> Part:
    """How many replies of which version wait, and the first of them with the line that answers; empty for none."""
    if view.foreign:  # nothing is recorded for a fork
        return ""
    counts = Counter(
        (view.results.arms[sample.arm].side, sample.case in view.held)
        for sample in view.results.samples
        for _ in _waiting(view, sample)
    )
    if not counts:
        return ""
    if view.plain:  # where no comment is obeyed, nobody answers by one
        return _missing(view, counts)
    found = waiting_replies(view, name_suite=name_suite)
    blocks = [Block(rank, "waiting reply", _told(view, one)) for rank, one in zip(_RANKS, found[:_MOST], strict=False)]
    if blocks:
        blocks[0] = Block(_RANKS[0], "waiting reply", f"{_HOW}\n\n{blocks[0].text}")
    after = []
    if (more := len(found) - _MOST) > 0:
        after.append(f"{humanize.plural(more, 'more reply', 'more replies')} will stand here when these are answered.")
    if held := sum(count for (_, is_held), count in counts.items() if is_held):
        after.append(
            f"{humanize.plural(held, 'answer')} about held-out cases {'is' if held == 1 else 'are'} missing too. Those "
            "replies are not shown here: their labels are lines of the suite's file in evals/labels/."
        )
    if after:
        blocks.append(Block(_RANKS[0], "line", "  \n".join(after)))
    return Fold(_missing(view, counts), tuple(blocks))


def _missing(view: ResultsView, counts: Counter[tuple[Side, bool]]) -> str:
    """`24 answers by people are missing: 12 about replies of the new version, 12 about replies of the old version`."""
    total = counts.total()
    told = f"{humanize.plural(total, 'answer')} by people {'is' if total == 1 else 'are'} missing"
    if not view.has_base:
        return told
    sides: list[Side] = ["head", "base"]
    by_side = {side: counts[side, False] + counts[side, True] for side in sides}
    return f"{told}: {', '.join(f'{n} about replies of {VERSIONS[side]}' for side, n in by_side.items() if n)}"


def _told(view: ResultsView, one: WaitingReply) -> str:
    whose = f", the reply of {VERSIONS[one.side]} ({one.side})" if view.has_base else ""
    model = f" · with {inline(view.results.arms[one.sample.arm].model, 80)}" if len(view.models) > 1 else ""
    asked = inline(view.info(one.criterion).question or one.criterion, 300)
    title = f"**{code(one.sample.case, 80)}**{whose}{model}: {asked}"
    return "\n\n".join([title, fence(one.sample.text, _REPLY), fence(" ".join(one.line.split()), _LINE)])


def _waiting(view: ResultsView, sample: Sample) -> Iterator[str]:
    """The criteria by which people have not judged this reply."""
    for name, score in sample.scores.items():
        kind = KINDS.get(view.info(name).kind)
        if score.status == "waiting" and not sample.error and kind is not None and kind.asks_people:
            yield name
