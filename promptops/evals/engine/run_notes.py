"""What a run noticed about its models that no single reply tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from promptops.evals.engine.endpoint_gate import EndpointGate
from promptops.text.humanize import plural


def usage_notes(uncounted: Counter[str], replies: Counter[str]) -> list[str]:
    """A sentence for each model (alias → number of replies) that has a price and did not say what it used."""
    return [
        f"{alias} did not say how many tokens it used for {missing} of {plural(replies[alias], 'reply', 'replies')} "
        "(usage is missing), so what they cost is unknown"
        for alias, missing in uncounted.items()
    ]


def pause_notes(gates: Iterable[EndpointGate]) -> list[str]:
    """A sentence for each endpoint that refused calls for their number."""
    return [
        f"the server of {gate.alias} asked {plural(gate.pauses, 'time')} to slow down ({gate.seconds:.0f} s in all); "
        f"with limits.requestsPerMinute of '{gate.alias}' at what it allows no call is refused"
        for gate in gates
        if gate.pauses
    ]
