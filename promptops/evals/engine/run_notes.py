"""What a run noticed about its models that no single reply tells."""

from __future__ import annotations

from collections import Counter

from promptops.evals.engine.endpoint_gate import EndpointGate
from promptops.text.humanize import plural


def usage_notes(uncounted: Counter[str], replies: Counter[str]) -> list[str]:
    """A sentence for each model (alias → number of replies) that has a price and did not say what it used."""
    return [
        f"{alias} did not say how many tokens it used for {missing} of {plural(replies[alias], 'reply', 'replies')} "
        "(usage is missing), so what they cost is unknown"
        for alias, missing in uncounted.items()
    ]


class GatePauses:
    """The pauses that endpoints asked for while a suite asked them; others of the command may have had them before."""

    def __init__(self) -> None:
        self._before: dict[EndpointGate, tuple[int, float]] = {}

    def begin(self, gate: EndpointGate) -> bool:
        """Count the pauses at this gate from now on; whether this is the first time."""
        if gate in self._before:
            return False
        self._before[gate] = gate.pauses, gate.seconds
        return True

    def notes(self) -> list[str]:
        """A sentence for each endpoint that refused calls for their number."""
        told = []
        for gate, (pauses, seconds) in self._before.items():
            if count := gate.pauses - pauses:
                told.append(
                    f"the server of {gate.alias} asked {plural(count, 'time')} to slow down "
                    f"({gate.seconds - seconds:.0f} s in all); with limits.requestsPerMinute of '{gate.alias}' "
                    "at what it allows no call is refused"
                )
        return told
