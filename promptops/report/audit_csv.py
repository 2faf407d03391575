"""An audit as a table for spreadsheets, in which no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from promptops.model.audit import Audit, AuditedPin, Brought, Unknown
from promptops.report import audit_words as words
from promptops.report.safe import visible

_HOW = ("by", "on", "in", "title", "pull_request", "merged_by", "reviewed_by", "signed_off_by")
HEADER = (
    *("environment", "file", "prompt", "arm", "commit", "digest", "holds", "problems"),
    *(f"written_{each}" for each in _HOW),
    "signature",
    *(f"pinned_{each}" for each in _HOW),
    *("forced", "results", "accepted_gates", "not_known"),
)
"""Columns are added at the end, never renamed. `unknown` is what nobody can say; an empty cell is nothing there."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def audit_csv(audit: Audit) -> str:
    """A row for each version, with a header. Several values of a cell are parted by `; `."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows([_cell(text) for text in _row(pin)] for pin in audit.pins)
    return out.getvalue()


def _row(pin: AuditedPin) -> Iterator[str]:
    yield from (pin.environment, pin.file, pin.prompt, words.arm(pin), pin.commit, pin.digest)
    yield from ("yes" if pin.holds else "no", "; ".join(pin.problems))
    yield from _how(pin.written)
    yield words.signature(pin)
    yield from _how(pin.pinned)
    yield pin.forced
    yield "; ".join(map(words.result, pin.results)) or words.UNKNOWN
    yield words.UNKNOWN if isinstance(pin.overrides, Unknown) else "; ".join(map(words.override, pin.overrides))
    yield "; ".join(words.gaps(pin))


def _how(how: Brought | Unknown) -> Iterator[str]:
    if isinstance(how, Unknown):
        yield from [words.UNKNOWN] * len(_HOW)
        return
    yield from (words.people(how.authors), words.day(how.when), how.commit, how.title, words.pull_request(how))
    yield from (words.merged_by(how), words.reviewed_by(how), words.signed_off_by(how))


def _cell(text: str) -> str:
    """One line, nothing in it unseen; an apostrophe before what a spreadsheet would work out."""
    shown = " ".join(visible(text).split("\n"))
    return f"'{shown}" if text.startswith(_FORMULA) or shown.lstrip().startswith(_FORMULA) else shown
