"""What people choose to evaluate, and what one suite's run is once it is planned."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from promptops.evals.plan import Plan
from promptops.providers.cassette import CassetteProvider
from promptops.workflows.eval.confirmed_words import WordsOnRecord


@dataclass(frozen=True, slots=True)
class EvalChoice:
    """What to evaluate. Empty `suites` means all; `base` a revision; `changed` only what differs from the base.

    `exact`: the base is compared with as it is, not where the work left it; a shallow clone may not know where.
    `untrusted`: the change comes from a fork; see promptops.workflows.eval.fork_policy. `fresh`: no known reply is
    used; `retry_errors`: none that led to an error in the suite's last run. `record_of_words` confirms what a change
    says in people's names; by default, what the main branch has. `main_branch` is its name, where GitHub says which.
    """

    suites: tuple[str, ...] = ()
    base: str | None = None
    changed: bool = False
    at: str | None = None
    models: tuple[str, ...] = ()
    trials: int | None = None
    max_cost: float | None = None
    record: bool = False
    exact: bool = False
    untrusted: bool = False
    fresh: bool = False
    retry_errors: bool = False
    record_of_words: WordsOnRecord | None = None
    main_branch: str = ""


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A plan and what its run needs besides: cassettes by fingerprint, if the suite has one and it is not to be
    recorded anew (then `record_to` says where), the budget and what is spent of it (US dollars), and the reply keys
    that are asked again though they are known."""

    plan: Plan
    replies: Mapping[str, CassetteProvider]
    record_to: Path | None
    max_cost: float | None
    suite_changed: bool = False
    asked_again: Container[str] = ()
    spent_before: float = 0.0

    @property
    def unchanged(self) -> bool:
        """Whether base and head are the same to every model and no case is new, so that there is nothing to ask."""
        if self.suite_changed:
            return False
        digests: dict[str, set[str]] = {}
        for arm in self.plan.arms:
            digests.setdefault(arm.model, set()).add(arm.evaluation_digest)
        has_base = any(arm.side == "base" for arm in self.plan.arms)
        return has_base and all(len(found) == 1 for found in digests.values())

    def within(self, max_cost: float | None, spent: float) -> PreparedRun:
        """Held to a budget for several suites together, of which so much is spent, or to its own where less is left."""
        if max_cost is None or (self.max_cost is not None and self.max_cost < max_cost - spent):
            return self
        return replace(self, max_cost=max_cost, spent_before=spent)
