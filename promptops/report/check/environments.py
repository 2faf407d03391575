"""What a change does to environments, as lines for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promptops.model.outcomes.audit import ChangeRecord
from promptops.model.outcomes.environment_review import EnvironmentReview, ReviewedPin
from promptops.report.audit.wording import approvals, people, why_not_approved
from promptops.report.diff import wording
from promptops.report.diff.text import change_lines
from promptops.report.diff.view import view
from promptops.report.pins.text import what_happens
from promptops.report.results.rule_words import lone_rule
from promptops.text import humanize
from promptops.text.sanitize import log_line, log_safe

_MOST_LINES = 60


def environment_lines(reviews: Sequence[EnvironmentReview]) -> Iterator[str]:
    """Each version that the change pins or takes away, what speaks against it, and its evidence."""
    for review in reviews:
        name = log_line(review.environment, 80)
        if review.error:
            yield f"{humanize.WORSE} {name}: {log_line(review.error, 500)}{_hint(review.hint)}"
        elif review.status != "changed":
            told = "a new environment" if review.status == "new" else "taken out, no application can load it"
            yield f"{name}: {told}"
        for one in review.pins:
            yield from _pin(name, one)


def _pin(environment: str, one: ReviewedPin) -> Iterator[str]:
    change = one.change
    versions = " → ".join(arm.commit[:7] if arm is not None else "nothing" for arm in (change.old, change.new))
    yield f"{environment}: {log_line(change.prompt, 120)} {versions}: {log_line(what_happens(change, ''), 200)}"
    for objection in one.objections:
        yield f"  {humanize.WORSE} {log_line(objection.why, 500)}{_hint(objection.hint)}"
    if one.reason:
        yield f"  {humanize.TROUBLE} {log_line(change.refused, 300)}; forced: {log_line(one.reason, 300)}"
    for run in change.evaluations:
        for what, answer in (lone_rule(each, several_models=True) for each in run.gates):
            where = f"rule of {log_line(run.suite, 80)}, {log_line(run.started[:10])}"
            yield f"  {where}: {log_line(what, 160)} {log_line(answer, 200)}"
    if isinstance(one.written, ChangeRecord):
        approved = ", ".join(approvals(one.written)) or f"not known; {why_not_approved(one.written)}"
        yield f"  written by {log_line(people(one.written.authors), 200)}; approval: {log_line(approved, 300)}"
    yield from (f"  note: {log_line(note, 400)}" for note in change.notes)
    if change.diff is not None and change.diff.status == "changed":
        seen = view(change.diff)
        yield f"  {wording.effect([seen])}"
        yield from (log_safe(line) for line in list(change_lines([seen]))[:_MOST_LINES])


def _hint(hint: str) -> str:
    return f"\n    {log_line(hint, 400)}" if hint else ""
