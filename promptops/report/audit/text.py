"""An audit for people: version by version, what is known and what is not."""

from __future__ import annotations

from collections.abc import Iterator

from promptops.model.outcomes.audit import Audit, AuditedPin, ChangeRecord, Unavailable
from promptops.report.audit import wording
from promptops.text.humanize import plural, spell_out
from promptops.text.sanitize import visible_line

_VALUE, _NAME = 600, 120


def audit_text(audit: Audit) -> str:
    """All of it. Names and words of commits are one line each, and nothing in them acts on a terminal."""
    lines: list[str] = []
    file = ""
    for pin in audit.pins:
        if pin.file != file:
            lines += [
                *([""] if lines else []),
                f"{visible_line(pin.environment, _NAME)} ({visible_line(pin.file, _NAME)})",
            ]
            file = pin.file
        lines += ["", *_pin(pin)]
    lines += [f"DOES NOT HOLD  {visible_line(one, _VALUE)}" for one in audit.problems]
    notes = [f"note: {visible_line(note, _VALUE)}" for note in audit.notes]
    return "".join(f"{line}\n" for line in [*lines, *([""] if lines else []), *notes, _sum(audit)])


def _pin(pin: AuditedPin) -> Iterator[str]:
    share = f", for {pin.percent:g}% of the calls" if pin.percent is not None else ""
    yield f"  {visible_line(pin.prompt, _NAME)} at {pin.commit[:7]}{share}"
    rows = [("holds", "yes")] if pin.holds else [("DOES NOT HOLD", problem) for problem in pin.problems]
    rows += [("merged", f"{wording.UNKNOWN}: {pin.merged.why}")] if isinstance(pin.merged, Unavailable) else []
    rows += [("written by", text) for text in _written(pin.written)]
    rows += [("signature", wording.signature(pin))]
    rows += [("pinned by", text) for text in _written(pin.pinned)]
    rows += [("forced", f"although a rule failed: {pin.forced}")] if pin.forced else []
    rows += [("results", wording.result(one, pin.prompt)) for one in pin.results] or [("results", "none known here")]
    if isinstance(pin.waivers, Unavailable):
        rows.append(("accepted", f"{wording.UNKNOWN}: {pin.waivers.why}"))
    else:
        rows += [("accepted", text) for text in map(wording.waiver, pin.waivers)]
    label = ""
    for name, text in rows:
        yield f"    {'' if name == label else name:<13}  {visible_line(text, _VALUE)}"
        label = name


def _written(how: ChangeRecord | Unavailable) -> Iterator[str]:
    if isinstance(how, Unavailable):
        yield f"{wording.UNKNOWN}: {how.why}"
        return
    yield f"{wording.people(how.authors)}, {wording.day(how.when)} ({how.commit[:7]} {how.title})"
    yield from wording.claims(how)
    yield f"approval: {', '.join(wording.approvals(how)) or f'{wording.UNKNOWN}; {wording.why_not_approved(how)}'}"


def _sum(audit: Audit) -> str:
    count, failing = len(audit.pins), sum(not pin.holds for pin in audit.pins)
    if not count:
        return "nothing is pinned"
    versions, gaps = plural(count, "version"), sum(bool(wording.gaps(pin)) for pin in audit.pins)
    held = f"{versions} {'holds' if count == 1 else 'hold'}"
    if failing:
        which = versions if failing == count else f"{spell_out(failing)} of {versions}"
        held = f"{which} {'does' if failing == 1 else 'do'} not hold"
    return f"{held}; of {spell_out(gaps)} something is not known" if gaps else held
