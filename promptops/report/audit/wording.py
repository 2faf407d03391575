"""What an audit found in words that text and tables share. What is not known is said, never left empty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from promptops.model.outcomes.audit import REVIEWS, AuditedPin, ChangeRecord, LatestResult, Person, Trailer, Unavailable
from promptops.model.outcomes.history import Scorecard
from promptops.model.results import FOR_PEOPLE, NO_BASE
from promptops.model.waiver import Waiver
from promptops.text.humanize import named_rule

UNKNOWN = "unknown"
_NO_FAULT = (NO_BASE, FOR_PEOPLE)
"""Why a gate has no answer yet although the run measured all it was to."""


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


def pull_request(how: ChangeRecord) -> str:
    """`#214`."""
    return UNKNOWN if how.pull_request is None else f"#{how.pull_request}"


def approvals(how: ChangeRecord) -> list[str]:
    """`merged by Tom Reyes <…>`, `Reviewed-by: Bo <…>`: only what people did who did not write it."""
    return [text for who, text in _named(how) if who in how.approved_by]


def claims(how: ChangeRecord) -> list[str]:
    """What else the commit says of how it came in, which is no approval: a number, its author's own merge."""
    told = [f"pull request: {pull_request(how)}, as the title says"] if how.pull_request is not None else []
    if how.on_github:
        told.append(f"{'merged' if how.is_merge or how.pull_request is not None else 'committed'} on GitHub")
    told += [f"committed by {person(how.committed_by)}"] if how.committed_by is not None else []
    for who, text in _named(how):
        if who not in how.approved_by:
            told.append(f"{text} (who wrote it too)" if how.is_author(who) else text)
    return [*told, *(_trailer(one) for one in how.trailers if one.kind not in REVIEWS)]


def why_not_approved(how: ChangeRecord) -> str:
    """Why it is not known who approved it; empty where somebody is named."""
    if how.approved_by:
        return ""
    if how.on_github:
        return f"{how.commit[:7]} came in on GitHub, and does not say who let it in"
    return f"{how.commit[:7]} names no other person who merged or reviewed it"


def _named(how: ChangeRecord) -> list[tuple[Person, str]]:
    merged = [(how.merged_by, f"merged by {person(how.merged_by)}")] if how.merged_by is not None else []
    return [*merged, *((one.who, _trailer(one)) for one in how.trailers if one.kind in REVIEWS)]


def _trailer(found: Trailer) -> str:
    return f"{found.kind}: {person(found.who)}"


def reviewed_by(how: ChangeRecord) -> str:
    """Those whom trailers name for having looked at it."""
    return people(tuple(one.who for one in how.trailers if one.kind in REVIEWS))


def signed_off_by(how: ChangeRecord) -> str:
    """Those whom trailers name for having handed it on: no approval, but a name."""
    return people(tuple(one.who for one in how.trailers if one.kind not in REVIEWS))


def arm(pin: AuditedPin) -> str:
    """`pin`, or `rollout 10%`."""
    return "pin" if pin.percent is None else f"rollout {pin.percent:g}%"


def signature(pin: AuditedPin) -> str:
    """`verified: ana@example.org`, `not checked: there is no list of signers`, `none`."""
    found = pin.signature
    return f"{found.state}: {found.detail}" if found.detail and found.state != "none" else found.state


def result(found: LatestResult, prompt: str) -> str:
    """`suite meeting-summary, model small, 2026-11-24: 2 of 3 rules hold; fails: names the owner ≥ 75%`.

    It says so where the results are those of another prompt than this one.
    """
    card = found.scorecard
    stopped = ", stopped early" if card.stopped else ""
    older = f" ({found.older} older)" if found.older else ""
    other = f" (of {card.prompt}, whose text is the same)" if card.prompt != prompt else ""
    gates = "; ".join(_gates(card)) or "no rules"
    if card.base_of:
        gates = f"measured as the version before {card.base_of}, so no rule was checked"
    return f"suite {card.suite}, model {card.model}, {card.when[:10]}{stopped}{other}: {gates}{older}"


def _gates(card: Scorecard) -> Iterator[str]:
    """How many passed, and the others by name; gates that wait for a version or for people are none of these."""
    gates = [one for one in card.gates if one.status != "advisory" and one.reason not in _NO_FAULT]
    if gates:
        yield f"{sum(one.status == 'passed' for one in gates)} of {len(gates)} rules hold"
    answers = {"failed": "fails", "undecided": "not proven yet", "not measured": "not measured"}
    for status, answer in answers.items():
        if named := [named_rule(one.criterion, one.rule) for one in gates if one.status == status]:
            yield f"{answer}: {'; '.join(named)}"
    for reason in _NO_FAULT:
        if named := [named_rule(one.criterion, one.rule) for one in card.gates if one.reason == reason]:
            yield f"{reason}: {'; '.join(named)}"


def waiver(found: Waiver) -> str:
    """`names the owner ≥ 75%, which failed, accepted by @ana on 2026-11-24: the cases are wrong`."""
    when = f" on {found.when[:10]}" if found.when else ""
    why = f": {found.why}" if found.why else ""
    was = {"failed": "failed", "undecided": "was not proven"}.get(found.was, "was not measured")
    return f"{named_rule(found.criterion, found.rule)}, which {was}, accepted by {found.who}{when}{why}"


def gaps(pin: AuditedPin) -> list[str]:
    """All that is not known of a version, and why."""
    found = [f"whether it was merged: {pin.merged.why}"] if isinstance(pin.merged, Unavailable) else []
    for what, it, how in (
        ("how it came to be", "it", pin.written),
        ("how it came to be pinned", "its pin", pin.pinned),
    ):
        if isinstance(how, Unavailable):
            found.append(f"{what}: {how.why}")
        elif why := why_not_approved(how):
            found.append(f"who approved {it}: {why}")
    if not pin.results:
        found.append("how it did: no results are known here")
    if isinstance(pin.waivers, Unavailable):
        found.append(f"accepted rules: {pin.waivers.why}")
    return found
