"""A history made ready to be told: which scorecards stand beside one another, and each change in a line."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from promptops.model.history import CriterionRate, History, PromptVersion, Scorecard
from promptops.report import diff_words
from promptops.report.diff_view import view

MOST_DIFFERENCES = 2


class Shown(NamedTuple):
    """One suite with one model over all versions: a scorecard for each (None: not evaluated), newest first.

    `criteria` are those of the newest scorecard. `others` says what else was evaluated.
    """

    suite: str
    model: str
    criteria: tuple[str, ...]
    cards: tuple[Scorecard | None, ...]
    others: tuple[str, ...] = ()

    def rate(self, number: int, criterion: str) -> CriterionRate | None:
        """The version's rate of a criterion."""
        card = self.cards[number]
        return next((one for one in card.criteria if one.name == criterion), None) if card is not None else None

    def is_foreign(self, number: int) -> bool:
        """Whether the version was measured with other cases or criteria than the newest that was."""
        newest = next((card for card in self.cards if card is not None), None)
        card = self.cards[number]
        return card is not None and newest is not None and card.suite_digest != newest.suite_digest

    @property
    def has_foreign(self) -> bool:
        """Whether any version was."""
        return any(map(self.is_foreign, range(len(self.cards))))


def shown(history: History) -> Shown | None:
    """The suite and model that most versions were evaluated with; the newer one where two have as many."""
    pairs = [dict.fromkeys((card.suite, card.model) for card in row.scorecards) for row in history.versions]
    count = Counter(pair for found in pairs for pair in found)
    if not count:
        return None
    suite, model = chosen = max(count, key=lambda pair: count[pair])
    cards = tuple(
        next((card for card in row.scorecards if (card.suite, card.model) == chosen), None) for row in history.versions
    )
    newest = next(card for card in cards if card is not None)
    others = tuple(f"{s} with {m}" for s, m in count if (s, m) != chosen)
    return Shown(suite, model, tuple(one.name for one in newest.criteria), cards, others)


def change_words(row: PromptVersion) -> str:
    """What the version changed, in one line; empty for the first."""
    if row.diff is None:
        return ""
    told = [diff_words.happened(row.diff), diff_words.effect([view(row.diff)])]
    told += [diff_words.difference(found) for found in row.diff.differences[:MOST_DIFFERENCES]]
    if (more := len(row.diff.differences) - MOST_DIFFERENCES) > 0:
        told.append(f"{more} more")
    return " · ".join(part for part in told if part)


def title(row: PromptVersion) -> str:
    """`#214 Sales tone`."""
    number = f"#{row.about.pull_request} " if row.about.pull_request is not None else ""
    return f"{number}{row.about.title}"


def served(row: PromptVersion) -> str:
    """`prod 10%, staging`."""
    return ", ".join(
        one.environment if one.percent == 100 else f"{one.environment} {one.percent:g}%" for one in row.served
    )
