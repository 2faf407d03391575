"""Gates that do not hold and that an owner took upon themselves: shown as such, and blocking no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from promptops.model.results import Arm, GateResult
from promptops.model.waiver import Waiver

_GRAVITY = {"not measured": 1, "undecided": 1, "failed": 2}


def apply_waivers(
    gates: Sequence[GateResult], waivers: Sequence[Waiver], suite: str, arms: Sequence[Arm], questions: str
) -> list[GateResult]:
    """The gates, those accepted for these very versions and questions marked with who accepted them."""
    if not waivers:
        return list(gates)
    digests = {(arm.model, arm.side): arm.evaluation_digest for arm in arms}
    said = {(one.criterion, one.rule, one.base, one.head): one for one in _of(waivers, suite, questions)}
    found = []
    for gate in gates:
        base, head = digests.get((gate.model, "base"), ""), digests.get((gate.model, "head"), "")
        one = said.get((gate.criterion, gate.rule, base, head))
        # What was undecided when it was accepted and fails now is news.
        if one is not None and 0 < _GRAVITY.get(gate.status, 0) <= _GRAVITY[one.was]:
            gate = replace(gate, blocks=False, accepted=f"{one.who}: {one.why}")
        found.append(gate)
    return found


def _of(waivers: Sequence[Waiver], suite: str, questions: str) -> list[Waiver]:
    mine = [one for one in waivers if one.suite == suite and one.questions == questions]
    return sorted(mine, key=lambda one: _GRAVITY[one.was])
