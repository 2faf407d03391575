"""The lines that git leaves in a file when it could not join two versions."""

from __future__ import annotations

import re

from promptops.model.finding import Span

CONFLICT = "git left a conflict here: two versions of the same lines"
KEEP_ONE = "keep one of the two and delete the lines with <<<<<<<, ======= and >>>>>>>"
BEGINS, ENDS = "<<<<<<< ", ">>>>>>> "
_EDITS = ("SEARCH", "ORIGINAL", "REPLACE", "UPDATED")
"""Labels that git never writes: programs ask models for edits between such lines."""
_OURS = f"{BEGINS}HEAD"
_ANY = re.compile(r"^(?:<{7}(?: |$)|>{7}(?: |$)|\|{7} |={7}$)", re.MULTILINE)


def is_conflict_line(row: str) -> bool:
    """Whether git wrote this line, in a file where nothing else looks like it."""
    return _ANY.match(row.rstrip("\r")) is not None


def find_conflict(text: str) -> Span | None:
    """The first line, in a file that is not as it should be, that only a conflict explains."""
    found = _ANY.search(text)
    return _line(text, found.start()) if found else None


def find_whole_conflict(text: str) -> Span | None:
    """The first conflict, from its beginning to its end, in a text that may hold anything.

    A text may show people what a conflict is, and programs use such lines for edits (`<<<<<<< SEARCH`): those between
    fences, and those whose label git never writes, are meant.
    """
    fenced = False
    begin: int | None = None
    alone: int | None = None  # what git calls the version of one's own, of which the rest may be gone
    divided = False
    half: int | None = None  # a line between two versions of which the beginning is gone
    offset = 0
    for row in text.split("\n"):
        if row.lstrip().startswith(("```", "~~~")) and begin is None:
            fenced = not fenced
        elif not fenced and _is_mark(row, BEGINS):
            begin, divided, half = offset, False, None
            alone = offset if row.rstrip() == _OURS else alone
        elif row == "=======" and not fenced:
            divided = begin is not None
            half = offset if begin is None else None
        elif half is not None and not fenced and _is_mark(row, ENDS):
            return _line(text, half)
        elif begin is not None and divided and (row.startswith(ENDS) or _is_mark(row, ENDS)):
            return _line(text, begin)
        offset += len(row) + 1
    if begin is not None and divided:
        return _line(text, begin)
    return _line(text, alone) if alone is not None else None


def _is_mark(row: str, sign: str) -> bool:
    """Whether git could have written the row: with a label of its own, or with one that somebody took away."""
    label = row[len(sign) :].strip()
    return row.rstrip() == sign.rstrip() or (row.startswith(sign) and label not in _EDITS)


def _line(text: str, start: int) -> Span:
    end = text.find("\n", start)
    width = (len(text) if end < 0 else end) - start
    return Span.at(text.count("\n", 0, start) + 1, 1, width)
