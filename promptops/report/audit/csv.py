"""An audit as a table for spreadsheets, in which no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from promptops.model.outcomes.audit import Audit, AuditedPin, ChangeRecord, Person, Unavailable
from promptops.report.audit import wording
from promptops.report.audit.wording import UNKNOWN
from promptops.text.sanitize import visible

_HOW = (
    *("by", "on", "in", "title", "pull_request", "merged_by", "committed_by", "reviewed_by", "signed_off_by"),
    "approved_by",
)
HEADER = (
    *("environment", "file", "prompt", "arm", "commit", "digest", "holds", "problems"),
    *(f"written_{each}" for each in _HOW),
    "signature",
    *(f"pinned_{each}" for each in _HOW),
    *("forced", "results", "accepted_gates", "not_known"),
)
"""Columns are added at the end, never renamed. People are names, never sentences. `unknown` is what nobody can say, an
empty cell that there is nothing."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def audit_csv(audit: Audit) -> str:
    """A row for each version, with a header. Several values of a cell are parted by `; `."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows([_cell(text) for text in _row(pin)] for pin in audit.pins)
    return out.getvalue()


def _row(pin: AuditedPin) -> Iterator[str]:
    yield from (pin.environment, pin.file, pin.prompt, wording.arm(pin), pin.commit, pin.digest)
    yield from ("yes" if pin.holds else "no", "; ".join(pin.problems))
    yield from _how(pin.written)
    yield wording.signature(pin)
    yield from _how(pin.pinned)
    yield pin.forced
    yield "; ".join(wording.result(one, pin.prompt) for one in pin.results) or UNKNOWN
    yield UNKNOWN if isinstance(pin.waivers, Unavailable) else "; ".join(map(wording.waiver, pin.waivers))
    yield "; ".join(wording.gaps(pin))


def _how(how: ChangeRecord | Unavailable) -> Iterator[str]:
    if isinstance(how, Unavailable):
        yield from [UNKNOWN] * len(_HOW)
        return
    yield from (wording.people(how.authors), wording.day(how.when), how.commit, how.title, wording.pull_request(how))
    yield _name(how.merged_by, UNKNOWN)
    yield _name(how.committed_by, UNKNOWN if how.on_github else "")
    yield from (wording.reviewed_by(how), wording.signed_off_by(how), wording.people(how.approved_by))


def _name(who: Person | None, nobody: str) -> str:
    return nobody if who is None else wording.person(who)


def _cell(text: str) -> str:
    """One line, nothing in it unseen; an apostrophe before what a spreadsheet would work out."""
    shown = " ".join(visible(text).split("\n"))
    return f"'{shown}" if text.startswith(_FORMULA) or shown.lstrip().startswith(_FORMULA) else shown
