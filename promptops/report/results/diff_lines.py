"""A diff's lines made fit for people: white space is visible, long lines are cut to what changed, and the end is."""

from __future__ import annotations

from collections.abc import Sequence

from promptops.text.line_diff import cut_long_lines
from promptops.text.whitespace import mark_whitespace

MOST_LINES, LINE = 200, 2000


def diff_lines(diff: Sequence[str], most: int = MOST_LINES, longest: int = LINE) -> list[str]:
    """At most so many lines, of about so many characters, and one that says how many more there are."""
    shown = list(diff[:most])
    while shown and shown[-1] == " ":  # empty lines below the last change tell nothing
        shown.pop()
    lines = mark_whitespace(cut_long_lines(shown, longest))
    more = len(diff) - most
    return [*lines, f"@@ … {more} more lines @@"] if more > 0 else lines
