"""Results of versions, and the gates that owners accepted for them, by pin digest."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from promptops.errors import PromptopsError
from promptops.model.outcomes.audit import LatestResult, Unavailable
from promptops.model.outcomes.history import Scorecard
from promptops.model.waiver import Waiver
from promptops.source.formats.settings import load_config
from promptops.source.formats.waivers import all_waivers
from promptops.source.git.repository import Repository
from promptops.source.source import Source
from promptops.workflows.notes.note_format import all_scorecards, cards_of
from promptops.workflows.workspace import Workspace


class ResultIndex:
    """Results of the versions with these pin digests: from git notes, and from runs on this machine.

    `versions` says for each digest by which others the same version is known, itself included.

    `source` is the project that has the waivers. `notes` say what could not be read.
    """

    def __init__(
        self, workspace: Workspace, repository: Repository, source: Source, versions: Mapping[str, Collection[str]]
    ) -> None:
        cards, self.notes = all_scorecards(workspace, repository, {each for one in versions.values() for each in one})
        self._cards = {digest: cards_of(cards, known_as) for digest, known_as in versions.items()}
        self._waivers: tuple[Waiver, ...] | Unavailable
        try:
            folder = load_config(source).paths.eval_folders[0]
            self._waivers = all_waivers(source, folder)
        except PromptopsError as exc:
            self._waivers = Unavailable(str(exc))

    def of(self, digest: str) -> tuple[LatestResult, ...]:
        """The newest results of each suite with each model, newest first; those whose gates were checked come first."""
        found: dict[tuple[str, str], list[Scorecard]] = {}
        for card in sorted(self._cards.get(digest, ()), key=lambda one: bool(one.base_of)):
            found.setdefault((card.suite, card.model), []).append(card)
        return tuple(LatestResult(cards[0], len(cards) - 1) for cards in found.values())

    def waivers(self, digest: str) -> tuple[Waiver, ...] | Unavailable:
        """The gates that owners accepted for this version.

        A waiver names a version by its evaluation digest, which only the version's results know.
        """
        if isinstance(self._waivers, Unavailable) or not self._waivers:
            return self._waivers
        mine = {card.evaluation_digest for card in self._cards.get(digest, ())}
        if not mine:
            return Unavailable(
                "no results of this version are known here, so nobody can say which rules were accepted for it"
            )
        return tuple(one for one in self._waivers if one.head in mine)
