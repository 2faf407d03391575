"""The commit that people know: a workflow evaluates GitHub's trial merge, whose id nobody has ever seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from promptops.model.results import Arm, Results


def named_by(results: Sequence[Results], head: str) -> list[Results]:
    """The results with the pull request's own commit `head` (a full id) in the merge's place; empty: as they are."""
    if not head:
        return list(results)
    return [replace(one, arms=tuple(_named(arm, head) for arm in one.arms)) for one in results]


def _named(arm: Arm, head: str) -> Arm:
    if arm.side != "head" or arm.commit is None:
        return arm
    return replace(arm, revision=f"{head[:7]}{' + edits' if arm.dirty else ''}")
