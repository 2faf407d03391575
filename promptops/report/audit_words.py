"""What an audit found in words that text and tables share. What is not known is said, never left empty."""

from __future__ import annotations

from datetime import UTC, datetime

from promptops.model.audit import AuditedPin, Brought, Person, Result, Unknown
from promptops.model.override import Override

UNKNOWN = "unknown"
_APPROVED = ("Reviewed-by", "Approved-by", "Acked-by")


def person(who: Person) -> str:
    """`Ana Petit <ana@example.org>`."""
    name = who.name or "somebody without a name"
    return f"{name} <{who.email}>" if who.email else name


def people(who: tuple[Person, ...]) -> str:
    """All of them; `unknown` for nobody."""
    return ", ".join(map(person, who)) or UNKNOWN


def day(when: int) -> str:
    """`2026-11-24`, in UTC; a commit may claim any time."""
    try:
        return datetime.fromtimestamp(when, UTC).date().isoformat() if when else UNKNOWN
    except (ValueError, OverflowError, OSError):
        return UNKNOWN


def pull_request(how: Brought) -> str:
    """`#214`."""
    return UNKNOWN if how.pull_request is None else f"#{how.pull_request}"


def merged_by(how: Brought) -> str:
    """`merged by Tom Reyes <…>`: who let it in, as far as the commit says it."""
    if how.merged_by is None:
        return UNKNOWN
    return f"{'merged' if how.is_merge else 'committed'} by {person(how.merged_by)}"


def reviewed_by(how: Brought) -> str:
    """Those whom trailers name for having looked at it."""
    return people(tuple(one.who for one in how.trailers if one.kind in _APPROVED))


def signed_off_by(how: Brought) -> str:
    """Those whom trailers name for having handed it on: no approval, but a name."""
    return people(tuple(one.who for one in how.trailers if one.kind not in _APPROVED))


def arm(pin: AuditedPin) -> str:
    """`pin`, or `rollout 10%`."""
    return "pin" if pin.percent is None else f"rollout {pin.percent:g}%"


def signature(pin: AuditedPin) -> str:
    """`verified: ana@example.org`, `not checked: there is no list of signers`, `none`."""
    found = pin.signature
    return f"{found.state}: {found.detail}" if found.detail and found.state != "none" else found.state


def result(found: Result) -> str:
    """`suite meeting-summary, model small, 2026-11-24: 2 of 3 gates passed; failed: names the owner (at least 75%)`."""
    card = found.scorecard
    gates = [one for one in card.gates if one.status != "advisory"]
    passed = sum(one.status == "passed" for one in gates)
    told = f"{passed} of {len(gates)} gates passed" if gates else "no gates"
    for status in ("failed", "undecided", "not measured"):
        named = [f"{one.criterion} ({one.rule})" for one in gates if one.status == status]
        told += f"; {'not yet proven' if status == 'undecided' else status}: {', '.join(named)}" if named else ""
    stopped = ", stopped early" if card.stopped else ""
    older = f" ({found.older} older)" if found.older else ""
    return f"suite {card.suite}, model {card.model}, {card.when[:10]}{stopped}: {told}{older}"


def override(found: Override) -> str:
    """`names the owner (at least 75%), which was failed, accepted by @ana on 2026-11-24: the cases are wrong`."""
    when = f" on {found.when[:10]}" if found.when else ""
    why = f": {found.why}" if found.why else ""
    return f"{found.criterion} ({found.rule}), which was {found.was}, accepted by {found.who}{when}{why}"


def gaps(pin: AuditedPin) -> list[str]:
    """All that is not known of a version, and why."""
    found = []
    for what, how in (("how it came to be", pin.written), ("how it came to be pinned", pin.pinned)):
        if isinstance(how, Unknown):
            found.append(f"{what}: {how.why}")
        elif how.pull_request is None and not how.is_merge and reviewed_by(how) == UNKNOWN:
            # A rebase merge looks like a direct push: neither leaves a word of who agreed.
            found.append(f"who agreed to {how.commit[:7]}: it names no pull request, no merge and no review")
    if not pin.results:
        found.append("how it did: no results are known here")
    if isinstance(pin.overrides, Unknown):
        found.append(f"accepted gates: {pin.overrides.why}")
    return found
