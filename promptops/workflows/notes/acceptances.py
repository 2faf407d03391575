"""Gates that somebody accepted for a version, wherever that stands: in any note of it, or in the main branch's files.

A later run may not know of it: it was made elsewhere, from another branch, or by an older version of promptops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from promptops.evals.gates import accept_gate, apply_waivers
from promptops.model.outcomes.history import Scorecard
from promptops.model.results import Arm, GateResult, Results
from promptops.model.waiver import Waiver

WaiversOf = Callable[[str], Sequence[Waiver]]
"""What owners accepted of a suite, by its name, for whoever is believed."""


@dataclass(frozen=True, slots=True)
class Acceptances:
    """What is accepted in these notes, and by `waivers`, which is asked only where a gate blocks."""

    noted: tuple[Scorecard, ...]
    waivers: WaiversOf

    @classmethod
    def of(cls, cards: Iterable[Scorecard], waivers: WaiversOf) -> Acceptances:
        """Those that the notes hold; the others of them are not looked at again."""
        return cls(tuple(card for card in cards if any(gate.accepted for gate in card.gates)), waivers)

    def card(self, card: Scorecard) -> Scorecard:
        """The scorecard with its accepted gates marked."""
        gates = self._noted(card, card.gates)
        if card.questions and any(gate.blocks for gate in gates):
            found = self.waivers(card.suite)
            gates = tuple(_by_waivers(gates, found, card))
        return card._replace(gates=gates)

    def results(self, results: Results, cards: Iterable[Scorecard]) -> tuple[GateResult, ...]:
        """The gates of results whose scorecards these are, the accepted ones marked."""
        gates = results.gates
        for card in cards:
            gates = self._noted(card, gates)
        if results.questions and any(gate.blocks for gate in gates):
            found = self.waivers(results.suite)
            gates = tuple(apply_waivers(gates, found, results.suite, results.arms, results.questions))
        return gates

    def _noted(self, card: Scorecard, gates: tuple[GateResult, ...]) -> tuple[GateResult, ...]:
        if not any(gate.blocks and gate.model in ("", card.model) for gate in gates):
            return gates
        said = [gate for one in self.noted if _is_same_version(one, card) for gate in one.gates if gate.accepted]
        return tuple(_by_notes(gate, said) if gate.model in ("", card.model) else gate for gate in gates)


def _by_notes(gate: GateResult, said: Iterable[GateResult]) -> GateResult:
    for one in said:
        if not gate.accepted and (one.criterion, one.rule) == (gate.criterion, gate.rule):
            gate = accept_gate(gate, one.status, one.accepted)
    return gate


def _by_waivers(gates: Sequence[GateResult], waivers: Sequence[Waiver], card: Scorecard) -> list[GateResult]:
    arm = Arm("head", card.model, card.full_model, "", None, False, card.digest, card.evaluation_digest)
    return apply_waivers(gates, waivers, card.suite, [arm], card.questions)


def _is_same_version(one: Scorecard, other: Scorecard) -> bool:
    """Whether both asked the same of the same. Older notes do not know what was asked apart from people's labels."""
    if not one.evaluation_digest or (one.suite, one.evaluation_digest) != (other.suite, other.evaluation_digest):
        return False
    if one.questions and other.questions:
        return one.questions == other.questions
    return bool(one.suite_digest) and one.suite_digest == other.suite_digest
