"""The line that people copy into a comment to judge one reply: `/promptops label CASE "CRITERION" pass "why"`."""

from __future__ import annotations

from collections.abc import Sequence

from promptops.evals.registry import KINDS
from promptops.model.comments.command import LabelCommand, command_line
from promptops.model.results import Sample, Side
from promptops.report.results.results_view import CaseChange, ResultsView, Shift


def label_line(view: ResultsView, sample: Sample, criterion: str, *, name_suite: bool, why: str = "") -> str:
    """The line, which names version, trial and model only where another reply could be meant.

    It says `fail` of a reply that passes now, else `pass`.
    """
    arm = view.results.arms[sample.arm]
    several = _replies(view, sample.case, arm.side) > 1
    command = LabelCommand(
        "", sample.case, criterion, "fail" if sample.scores[criterion].passed else "pass", why,
        suite=view.results.suite if name_suite else "",
        side=arm.side,
        trial=sample.trial + 1 if several and view.results.trials > 1 else None,
        model=arm.model if several and len(view.models) > 1 else "",
    )  # fmt: skip
    return command_line(command)


def correction_line(view: ResultsView, change: CaseChange, shifts: Sequence[Shift], *, name_suite: bool) -> str:
    """The line about the new reply and the first of the criteria that people may judge; empty where none is obeyed.

    That is on a page that is read elsewhere, for a fork, and where a rule decides: a label cannot change it.
    """
    if view.plain or view.foreign or change.head.error:
        return ""
    for shift in shifts:
        kind = KINDS.get(view.info(shift.criterion).kind)
        if kind is not None and kind.takes_labels and shift.criterion in change.head.scores:
            return label_line(view, change.head, shift.criterion, name_suite=name_suite, why="why")
    return ""


def _replies(view: ResultsView, case: str, side: Side) -> int:
    """How many different replies a case has on one side."""
    return len(
        {one.text for one in view.all_samples(case) if not one.error and view.results.arms[one.arm].side == side}
    )
