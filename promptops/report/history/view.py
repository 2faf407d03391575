"""A history made ready to be told: which scorecards stand beside one another, and each change in a line."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from promptops.model.outcomes.history import CriterionRate, History, PromptRename, PromptVersion, Scorecard
from promptops.model.results import FOR_PEOPLE, NO_BASE
from promptops.report.diff import wording
from promptops.report.diff.view import view
from promptops.text.humanize import named_rule

MOST_DIFFERENCES = 2


class SuiteHistory(NamedTuple):
    """One suite with one model over all versions: a scorecard for each (None: not evaluated), newest first.

    `suite` is what it is called now. `criteria` are those of the newest scorecard. `others` says what else was
    evaluated. `of` says so where these are the results of another prompt.
    """

    suite: str
    model: str
    criteria: tuple[str, ...]
    cards: tuple[Scorecard | None, ...]
    others: tuple[str, ...] = ()
    of: str = ""

    def rate(self, number: int, criterion: str) -> CriterionRate | None:
        """The version's rate of a criterion."""
        card = self.cards[number]
        return next((one for one in card.criteria if one.name == criterion), None) if card is not None else None

    def is_foreign(self, number: int) -> bool:
        """Whether the version was measured with other cases, criteria or scoring than the newest that was.

        A change that is not merged may bring cases of its own, so what it measured of its base sets no measure.
        """
        known = [card for card in self.cards if card is not None]
        newest = next((card for card in known if not card.base_of), known[0] if known else None)
        card = self.cards[number]
        return card is not None and newest is not None and card.suite_digest != newest.suite_digest

    @property
    def has_foreign(self) -> bool:
        """Whether any version was."""
        return any(map(self.is_foreign, range(len(self.cards))))


def suite_history(history: History) -> SuiteHistory | None:
    """The suite and model that most versions were evaluated with; the newer one where two have as many.

    Suites that test the prompt now come before those that did once, and these before suites of other prompts. Of a
    version's results the newest stand there. What was measured of it as the base of a change comes after its own
    where nothing else in this history was measured so: the change may be one that nobody merged.
    """
    cards: dict[tuple[str, str], dict[int, Scorecard]] = {}
    own = {card.suite_digest for row in history.versions for card in row.scorecards if not card.base_of}
    for number, row in enumerate(history.versions):
        for card in sorted(row.scorecards, key=lambda one: bool(one.base_of) and one.suite_digest not in own):
            cards.setdefault((history.suite_now(card.suite), card.model), {}).setdefault(number, card)
    if not cards:
        return None
    newest = {pair: next(iter(found.values())) for pair, found in cards.items()}
    names = history.names()

    def weight(pair: tuple[str, str]) -> tuple[bool, bool, int]:
        return pair[0] in history.suites, newest[pair].prompt in names, len(cards[pair])

    suite, model = chosen = max(cards, key=weight)
    told = {pair: of_another(card, names) for pair, card in newest.items()}
    others = tuple(f"{s} with {m}{f' ({told[s, m]})' * bool(told[s, m])}" for s, m in cards if (s, m) != chosen)
    return SuiteHistory(
        suite,
        model,
        tuple(one.name for one in newest[chosen].criteria),
        tuple(cards[chosen].get(number) for number in range(len(history.versions))),
        others,
        told[chosen],
    )


def not_measured(card: Scorecard) -> str:
    """`not measured: is kind ≥ 75%`, `the run stopped: …`; empty where the run measured all it was to."""
    gates = [gate for gate in card.gates if gate.status == "not measured" and gate.reason not in (NO_BASE, FOR_PEOPLE)]
    named = "; ".join(named_rule(gate.criterion, gate.rule) for gate in gates)
    stopped = f"the run stopped: {card.stopped}" if card.stopped else ""
    return "; ".join(filter(None, [stopped, f"not measured: {named}" if named else ""]))


def as_base(card: Scorecard) -> str:
    """`measured as the version before 9be03d7`, where it was not evaluated for its own sake; else empty."""
    return f"measured as the version before {card.base_of}" if card.base_of else ""


def of_another(card: Scorecard, names: Collection[str]) -> str:
    """`of invoice, whose text is the same`, for results of a prompt that was never called so; else empty."""
    return "" if card.prompt in names else f"of {card.prompt}, whose text is the same"


def version_change(row: PromptVersion, name: str) -> str:
    """What the version was called, where that is not `name`, and what it changed, in one line."""
    told = [_renamed(one, row) for one in row.renamed]
    if row.diff is not None:
        told += [] if row.renamed else [wording.happened(row.diff)]
        told += [wording.effect([view(row.diff)])]
        told += [wording.difference(found) for found in row.diff.differences[:MOST_DIFFERENCES]]
        if (more := len(row.diff.differences) - MOST_DIFFERENCES) > 0:
            told.append(f"{more} more")
    then = f"(as {row.prompt}) " if row.prompt != name else ""
    return f"{then}{' · '.join(part for part in told if part)}".rstrip()


def _renamed(one: PromptRename, row: PromptVersion) -> str:
    number = f" (#{one.pull_request})" if one.pull_request is not None else ""
    where = f" in {one.commit[:7]}{number}" if one.commit != row.commit else ""
    return f"renamed{where}: it was {one.was} before"


def title(row: PromptVersion) -> str:
    """`#214 Sales tone`."""
    number = f"#{row.about.pull_request} " if row.about.pull_request is not None else ""
    return f"{number}{row.about.title}"


def served(row: PromptVersion) -> str:
    """`prod 10%, staging`."""
    return ", ".join(
        one.environment if one.percent == 100 else f"{one.environment} {one.percent:g}%" for one in row.served
    )
