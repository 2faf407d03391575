"""The same text, asked of the same model again: whether its answers got worse although no file changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil, floor
from typing import NamedTuple

from promptops.model.budget import MAX_ERRORS
from promptops.model.outcomes.history import CriterionRate, Scorecard
from promptops.source.git.repository import Repository
from promptops.statistics.corrections import holm
from promptops.statistics.fisher import fisher_exact_less
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


def find_drifts(repository: Repository, cards: Iterable[Scorecard]) -> Iterator[Drift]:
    """Every fall beyond noise of these scorecards against the first that the notes have of the same.

    The same is: suite with its cases and criteria, text, model and where it is. Advisory criteria are left out. Tested
    one-sided by counts, which is cautious for the same cases, and corrected over a scorecard's criteria.
    """
    cards = list(cards)
    known = list(find_scorecards(repository, {card.digest for card in cards}))
    for card in cards:
        earlier = [
            one
            for one in known
            if _same(one) == _same(card) and evaluated_at(one) < evaluated_at(card) and not one.stopped
        ]
        if not earlier or card.stopped:
            continue
        first = min(earlier, key=evaluated_at)
        before = {rate.name: rate for rate in first.criteria}
        pairs = [(before[now.name], now) for now in card.criteria if now.name in before and not now.advisory]
        pairs = [(was, now) for was, now in pairs if _are_comparable(was, now)]
        for (was, now), p in zip(pairs, holm([_p(was, now) for was, now in pairs]), strict=True):
            if p < LEVEL:
                yield Drift(card.suite, card.model, now.name, was, now, first.when)


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
