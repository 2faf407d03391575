"""What keeps a version from being pinned: rules that it failed, and that nobody evaluated it where that is asked."""

from __future__ import annotations

from dataclasses import replace

from promptops.model.outcomes.pin_change import PinChange
from promptops.text.humanize import named_rule
from promptops.workflows.notes.evaluation_policy import KEY, is_evaluated

_FREE = ("ended", "moved", "back", "removed", "unpinned")
"""Serving less of a version, or what was served before, waits for no run."""


def with_refusal(change: PinChange, *, forced: bool, demanded: bool) -> PinChange:
    """The change with what speaks against it: failed gates of a version that gets more calls.

    `demanded`: that nobody evaluated the version speaks against it too. `forced`: there is a reason to pin it all the
    same.
    """
    if change.before == change.after or change.kind in _FREE or lowers_percent(change):
        return change
    failed = [gate for run in change.evaluations for gate in run.gates if gate.blocks]
    if not failed:
        missing = demanded and not is_evaluated(change.evaluations)
        told = f"nobody has evaluated it, and promptops.yml demands that (policy: {KEY})"
        return replace(change, refused=told, forced=forced) if missing else change
    named = ", ".join(dict.fromkeys(f"'{named_rule(gate.criterion, gate.rule)}'" for gate in failed))
    told = f"the rule {named} does not hold" if len(failed) == 1 else f"these rules do not hold: {named}"
    return replace(change, refused=told, forced=forced)


def lowers_percent(change: PinChange) -> bool:
    """Whether a rollout goes to fewer calls."""
    if change.kind != "share" or change.before is None or change.after is None:
        return False
    old, new = change.before.rollout, change.after.rollout
    return old is not None and new is not None and new.percent < old.percent
