"""The same text, asked of the same model again: whether its answers got worse although no file changed.

A gate that does not hold is no drift by itself: it may have been so, or have been accepted, from the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil, floor
from typing import NamedTuple

from promptops.model.budget import MAX_ERRORS
from promptops.model.outcomes.history import CriterionRate, Scorecard
from promptops.model.results import GateResult
from promptops.source.git.repository import Repository
from promptops.statistics.corrections import holm
from promptops.statistics.fisher import fisher_exact_less
from promptops.workflows.notes.acceptances import Acceptances, WaiversOf
from promptops.workflows.notes.note_format import evaluated_at, find_scorecards

LEVEL = 0.01
"""Somebody looks every night: at the usual 5% every third week would cry wolf."""
_ROUNDED = 0.00005
"""A note's rates have four digits."""


class Drift(NamedTuple):
    """A criterion that passes less often than when the very same was first evaluated, at `since` (ISO 8601)."""

    suite: str
    model: str
    criterion: str
    before: CriterionRate
    now: CriterionRate
    since: str


class OpenGate(NamedTuple):
    """A gate that does not hold now, and how it was when the very same was first evaluated, at `since` (ISO 8601).

    `before` is None where nothing of the same is known. `got_worse`: it held then, which is drift; all else is told.
    """

    suite: str
    model: str
    gate: GateResult
    before: GateResult | None = None
    since: str = ""

    @property
    def got_worse(self) -> bool:
        """Both answers are proven ones: what was passed and is undecided now may be chance."""
        held = self.before is not None and self.before.status == "passed"
        return held and self.gate.status == "failed" and self.gate.blocks


def find_drifts(repository: Repository, cards: Iterable[Scorecard]) -> Iterator[Drift]:
    """Every fall beyond noise of these scorecards against the first that the notes have of the same.

    The same is: suite with its cases and criteria, text, model and where it is. Advisory criteria are left out. Tested
    one-sided by counts, which is cautious for the same cases, and corrected over a scorecard's criteria.
    """
    for card, first in _with_first(repository, cards):
        if first is None or card.stopped:
            continue
        before = {rate.name: rate for rate in first.criteria}
        pairs = [(before[now.name], now) for now in card.criteria if now.name in before and not now.advisory]
        pairs = [(was, now) for was, now in pairs if _are_comparable(was, now)]
        for (was, now), p in zip(pairs, holm([_p(was, now) for was, now in pairs]), strict=True):
            if p < LEVEL:
                yield Drift(card.suite, card.model, now.name, was, now, first.when)


def find_open_gates(repository: Repository, cards: Iterable[Scorecard], waivers: WaiversOf) -> Iterator[OpenGate]:
    """Each gate of these scorecards that blocks, or that somebody accepted in a note or by these waivers."""
    cards = list(cards)
    acceptances = Acceptances.of(find_scorecards(repository, {card.digest for card in cards}), waivers)
    for card, first in _with_first(repository, map(acceptances.card, cards)):
        known = {(gate.criterion, gate.rule): gate for gate in first.gates} if first is not None else {}
        for gate in card.gates:
            if gate.blocks or gate.accepted:
                before = known.get((gate.criterion, gate.rule))
                since = first.when if first is not None and before is not None else ""
                yield OpenGate(card.suite, card.model, gate, before, since)


def _with_first(repository: Repository, cards: Iterable[Scorecard]) -> Iterator[tuple[Scorecard, Scorecard | None]]:
    """Each scorecard, and the first that the notes have of the same; None where they have none."""
    cards = list(cards)
    known = [one for one in find_scorecards(repository, {card.digest for card in cards}) if not one.stopped]
    for card in cards:
        earlier = [one for one in known if _same(one) == _same(card) and evaluated_at(one) < evaluated_at(card)]
        yield card, min(earlier, key=evaluated_at, default=None)


def _same(card: Scorecard) -> tuple[str, ...]:
    return card.suite, card.suite_digest, card.model, card.evaluation_digest


def _are_comparable(before: CriterionRate, now: CriterionRate) -> bool:
    """Whether about as many cases were answered: a fall among few of them may be that the others failed to answer."""
    fewer, more = sorted((before.n, now.n))
    return more - fewer <= MAX_ERRORS * more + _ROUNDED


def _p(before: CriterionRate, now: CriterionRate) -> float:
    """Trials and groups are averaged and rates rounded, so a count may lie between two numbers: the milder is taken."""
    earlier, later = (rate.n if rate.groups is None else rate.groups for rate in (before, now))
    passed = floor(earlier * (before.rate + _ROUNDED) + 1e-9)
    passes = ceil(later * (now.rate - _ROUNDED) - 1e-9)
    return fisher_exact_less(min(passed, earlier), earlier, max(0, min(passes, later)), later)
