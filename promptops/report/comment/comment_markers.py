"""The part of a page that shows results, marked so that it can be made again without the rest being lost."""

from __future__ import annotations

_START = "<!-- promptops results -->"
_END = "<!-- end of promptops results -->"


def framed(results: str) -> str:
    """The results' part of a page. Nothing that others wrote can end it: `safe` leaves no HTML comment alive."""
    return f"{_START}\n{results}\n\n{_END}"


def replaced(page: str, results: str) -> str | None:
    """The page with other results in its frame; None for a page that has no such part."""
    before, start, rest = page.partition(f"{_START}\n")
    old, end, after = rest.partition(f"\n{_END}")
    return f"{before}{framed(results)}{after}" if start and end and old else None
